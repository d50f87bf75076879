#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init::ha {

// What a member of a group is.
enum class MemberRole { primary, replica, standby_leader, demoted };

const char* member_role_name(MemberRole role);

// The reverse; also "master", as Patroni before 4 calls a primary.
std::optional<MemberRole> parse_member_role(std::string_view name);

// What the manager of high availability reports of its own member.
struct MemberStatus {
    std::string name;  // "" = it does not report it
    std::optional<MemberRole> role;
    std::string state;  // in the manager's terms, "running" in any case: the server takes queries
    std::optional<std::int64_t> timeline;
    bool paused = false;             // the cluster is in maintenance mode
    bool without_leader = false;     // nobody holds the group's leader key, as far as it knows
    bool failsafe_active = false;    // no DCS; the primary is one because all members answer it
    std::int64_t dcs_last_seen = 0;  // seconds since the epoch; 0 = it does not report it
    std::int64_t asked_at = 0;       // the same; set by the caller
    std::string version;
    bool operator==(const MemberStatus&) const = default;
};

}  // namespace citus_init::ha
