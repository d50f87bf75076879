#include "citus_init/ha/patroni/member_status.h"

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::patroni {

std::optional<MemberStatus> parse_member_status(const std::string& json) {
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (!object.is_object() || text_at(object, "state").empty()) {
        return std::nullopt;
    }
    MemberStatus status;
    status.role = parse_member_role(text_at(object, "role"));
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
    // Patroni's own words, the same from 3.0 to 4.1.
    return state == "initializing new cluster" || state == "running custom bootstrap script" ||
           state == "starting after custom bootstrap" || state == "creating replica";
}

Answer answer_of(std::optional<int> liveness, const MemberStatus& member) {
    constexpr int kServiceUnavailable = 503;
    if (!liveness) {
        return Answer::silent;
    }
    const bool may_stand_still = member.paused || is_being_made(member.state);
    return *liveness == kServiceUnavailable && !may_stand_still ? Answer::stuck : Answer::alive;
}

}  // namespace citus_init::patroni
