#pragma once

#include <string>

#include "citus_init/ha/backend/member_snapshot.h"

// Snapshots of members for tests of what is concluded from them.
namespace citus_init::ha {

inline citus::RegisteredNode row_of(int group, const std::string& host) {
    return {group + 1, group, {host, 5432}, true, true, true, true};
}

inline GroupMember member(const std::string& name, Place place) {
    GroupMember result;
    result.name = name;
    result.host = name;
    result.place = place;
    result.state = "running";
    if (place != Place::leader) {
        result.lag = 0;
    }
    return result;
}

// The leader of group 0, c1, with c2 behind it and one worker.
inline MemberSnapshot leader_snapshot() {
    MemberSnapshot snapshot;
    snapshot.name = "c1";
    snapshot.group = 0;
    snapshot.status.emplace();
    snapshot.status->role = MemberRole::primary;
    snapshot.status->state = "running";
    snapshot.is_ready = true;
    snapshot.leads = true;
    snapshot.members =
        GroupView{{member("c1", Place::leader), member("c2", Place::synchronous)}, false};
    snapshot.facts.emplace();
    snapshot.facts->has_citus = true;
    snapshot.facts->user_has_password = true;
    snapshot.facts->synchronous_standby_names = "c2";
    snapshot.cluster = citus::Cluster{row_of(0, "c1"), {row_of(1, "w11")}};
    snapshot.workers[1] = {false, ""};
    return snapshot;
}

// A member without data, of a group that nobody leads.
inline MemberSnapshot unmade_snapshot() {
    MemberSnapshot snapshot;
    snapshot.name = "c1";
    snapshot.status.emplace();
    snapshot.status->state = "stopped";
    snapshot.members = GroupView{{member("c1", Place::replica)}, false};
    snapshot.members->members.front().state = "stopped";
    snapshot.never_made = true;
    return snapshot;
}

inline MemberSnapshot replica_snapshot() {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.name = "c2";
    snapshot.status->role = MemberRole::replica;
    snapshot.leads = false;
    snapshot.facts->in_recovery = true;
    snapshot.facts->synchronous_standby_names = "";
    snapshot.facts->receives_wal = true;
    snapshot.workers.clear();
    return snapshot;
}

}  // namespace citus_init::ha
