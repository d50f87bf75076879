#include "citus_init/ha/patroni/group_view.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

#include "ha/patroni/member_fields.h"

namespace citus_init::patroni {

namespace {

constexpr std::array<std::pair<Place, const char*>, 5> kPlaceNames{{
    {Place::leader, "leader"},
    {Place::standby_leader, "standby_leader"},
    {Place::synchronous, "sync_standby"},
    {Place::quorum, "quorum_standby"},
    {Place::replica, "replica"},
}};

Place parse_place(std::string_view name) {
    for (const auto& [place, known] : kPlaceNames) {
        if (known == name) {
            return place;
        }
    }
    return Place::replica;
}

GroupMember parse_member(const nlohmann::json& object) {
    GroupMember member;
    member.name = text_at(object, "name");
    member.place = parse_place(text_at(object, "role"));
    read_member_fields(object, member);
    member.host = text_at(object, "host");
    const auto port = number_at(object, "port");
    if (port && *port > 0 && *port <= std::numeric_limits<std::uint16_t>::max()) {
        member.port = static_cast<std::uint16_t>(*port);
    }
    member.lag = number_at(object, "lag");
    return member;
}

}  // namespace

const char* place_name(Place place) {
    for (const auto& [known, name] : kPlaceNames) {
        if (known == place) {
            return name;
        }
    }
    return "";
}

const GroupMember* GroupView::find(const std::string& name) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const GroupMember& each) { return each.name == name; });
    return found == members.end() ? nullptr : &*found;
}

const GroupMember* GroupView::leader() const {
    const auto found = std::find_if(members.begin(), members.end(), [](const GroupMember& each) {
        return each.place == Place::leader || each.place == Place::standby_leader;
    });
    return found == members.end() ? nullptr : &*found;
}

std::string handover_trouble(const GroupView& group, bool synchronous_mode) {
    constexpr std::int64_t kMostLag = 1'048'576;
    const GroupMember* leader = group.leader();
    if (leader == nullptr) {
        return "the group has no leader";
    }
    if (group.paused) {
        return "the group is paused: nobody takes over";
    }
    if (group.members.size() == 1) {
        return fmt::format("{} has no replica", leader->name);
    }
    std::vector<std::string> reasons;
    for (const GroupMember& member : group.members) {
        if (&member == leader) {
            continue;
        }
        const bool runs = member.state == "running" || member.state == "streaming";
        const bool counts = member.place == Place::synchronous || member.place == Place::quorum;
        if (!runs) {
            reasons.push_back(fmt::format("{} is not running ({})", member.name, member.state));
        } else if (synchronous_mode && !counts) {
            reasons.push_back(member.name + " does not count as synchronous");
        } else if (member.lag.value_or(kMostLag) >= kMostLag) {
            reasons.push_back(fmt::format(
                "{} is {} behind {}", member.name,
                member.lag ? fmt::format("{} B", *member.lag) : "not known how far", leader->name));
        } else {
            return "";
        }
    }
    return join(reasons, ", ");
}

std::optional<GroupView> parse_group_view(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    const auto members = object.is_object() ? object.find("members") : object.end();
    if (!object.is_object() || members == object.end() || !members->is_array()) {
        return std::nullopt;
    }
    GroupView view;
    view.paused = flag_at(object, "pause");
    for (const auto& member : *members) {
        view.members.push_back(parse_member(member));
    }
    return view;
}

}  // namespace citus_init::patroni
