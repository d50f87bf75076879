#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "citus_init/ha/patroni/pulse.h"
#include "citus_init/ha/patroni/version.h"

namespace citus_init::patroni {

// What GET /patroni tells of the member that was asked (RestApiHandler.get_postgresql_status).
struct MemberStatus {
    std::string name;  // "" before Patroni 4
    std::optional<MemberRole> role;
    std::string state;
    std::optional<std::int64_t> timeline;
    bool paused = false;
    bool without_leader = false;     // nobody holds the group's leader key, as far as it knows
    bool failsafe_active = false;    // no DCS; the primary is one because all members answer it
    std::int64_t dcs_last_seen = 0;  // seconds since the epoch; 0 = it does not say
    std::int64_t asked_at = 0;       // the same; filled in by who asks
    std::string version;
    bool operator==(const MemberStatus&) const = default;
};

// None where it is no such object. Unknown keys are ignored. Pure, for any bytes.
std::optional<MemberStatus> parse_member_status(const std::string& json);

// Whether Patroni is making the data directory, during which its loop stands still: initdb, a base
// backup, a restore.
bool is_being_made(const std::string& state);

// From the status of GET /liveness (none: nobody answered) and what is known of the member.
Answer answer_of(std::optional<int> liveness, const MemberStatus& member);

}  // namespace citus_init::patroni
