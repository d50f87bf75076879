#include "citus_init/ha/patroni/rest_answers.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

#include "ha/patroni/member_fields.h"

namespace citus_init::patroni {

using ha::GroupMember;
using ha::GroupView;
using ha::MemberStatus;

namespace {

GroupMember parse_member(const nlohmann::json& object) {
    GroupMember member;
    member.name = text_at(object, "name");
    member.place = ha::parse_place(text_at(object, "role"));
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

std::optional<MemberStatus> parse_member_status(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object() || text_at(object, "state").empty()) {
        return std::nullopt;
    }
    MemberStatus status;
    status.role = ha::parse_member_role(text_at(object, "role"));
    status.state = text_at(object, "state");
    status.timeline = number_at(object, "timeline");
    status.paused = flag_at(object, "pause");
    status.without_leader = flag_at(object, "cluster_unlocked");
    status.failsafe_active = flag_at(object, "failsafe_mode_is_active");
    status.dcs_last_seen = number_at(object, "dcs_last_seen").value_or(0);
    if (const auto about = object.find("patroni"); about != object.end()) {
        status.name = text_at(*about, "name");
        status.version = text_at(*about, "version");
    }
    return status;
}

bool is_being_made(const std::string& state) {
    // As Patroni names them, the same from 3.0 to 4.1.
    return state == "initializing new cluster" || state == "running custom bootstrap script" ||
           state == "starting after custom bootstrap" || state == "creating replica";
}

ha::Answer answer_of(std::optional<int> liveness, const MemberStatus& member) {
    constexpr int kServiceUnavailable = 503;
    if (!liveness) {
        return ha::Answer::silent;
    }
    const bool may_stand_still = member.paused || is_being_made(member.state);
    return *liveness == kServiceUnavailable && !may_stand_still ? ha::Answer::stuck
                                                                : ha::Answer::alive;
}

}  // namespace citus_init::patroni
