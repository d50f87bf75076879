#include "cli/cluster/group_listing.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>

namespace citus_init::cli {

namespace {

using Row = std::array<std::string, 7>;

Row row_of(int group, const patroni::GroupMember& member) {
    return {fmt::format("{}", group),
            member.name,
            patroni::place_name(member.place),
            member.state + (member.restart_pending ? ", restart pending" : ""),
            member.lag ? fmt::format("{} B", *member.lag) : "",
            member.timeline ? fmt::format("{}", *member.timeline) : "",
            fmt::format("{}:{}", member.host, member.port)};
}

std::string aligned(const std::vector<Row>& rows) {
    std::array<std::size_t, 7> widths{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.at(i) = std::max(widths.at(i), row.at(i).size());
        }
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += fmt::format("{:<{}}  ", row.at(i), widths.at(i));
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

}  // namespace

std::string groups_text(const agent::GroupsStatus& status) {
    std::vector<Row> rows{{"GROUP", "MEMBER", "PLACE", "STATE", "LAG", "TIMELINE", "ADDRESS"}};
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
            rows.push_back(row_of(listing.group, member));
        }
        if (listing.members->paused) {
            notes += fmt::format("group {} is paused: nobody takes over for a leader that fails\n",
                                 listing.group);
        }
    }
    for (const agent::Finding& finding : status.findings) {
        notes += fmt::format("degraded: {}\n  {}\n", finding.what, finding.fix);
    }
    return aligned(rows) + notes;
}

}  // namespace citus_init::cli
