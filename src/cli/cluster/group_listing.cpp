#include "cli/cluster/group_listing.h"

#include <vector>

#include <fmt/core.h>

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

std::vector<std::string> row_of_member(int group, const ha::GroupMember& member) {
    return {fmt::format("{}", group),
            member.name,
            ha::place_name(member.place),
            member.state + (member.restart_pending ? ", restart pending" : ""),
            member.lag ? fmt::format("{} B", *member.lag) : "",
            member.timeline ? fmt::format("{}", *member.timeline) : "",
            fmt::format("{}:{}", member.host, member.port)};
}

}  // namespace

std::string groups_text(const agent::GroupsStatus& status) {
    std::vector<std::vector<std::string>> rows{
        {"GROUP", "MEMBER", "PLACE", "STATE", "LAG", "TIMELINE", "ADDRESS"}};
    std::string notes;
    for (const agent::GroupListing& listing : status.groups) {
        if (!listing.trouble.empty()) {
            notes +=
                fmt::format("group {}: {}{}\n", listing.group, listing.trouble,
                            listing.members ? "; shown is what the configuration store has" : "");
        }
        if (!listing.members) {
            continue;
        }
        for (const auto& member : listing.members->members) {
            rows.push_back(row_of_member(listing.group, member));
        }
        if (listing.members->paused) {
            notes += fmt::format("group {} is paused: nobody takes over for a leader that fails\n",
                                 listing.group);
        }
    }
    for (const ha::Finding& finding : status.findings) {
        notes += fmt::format("degraded: {}\n  {}\n", finding.what, finding.fix);
    }
    return table_text(rows) + notes;
}

}  // namespace citus_init::cli
