#pragma once

#include <string>

#include "agent/member/member_probe.h"

// What members look like in tests of what is concluded from it.
namespace citus_init::agent {

inline citus::RegisteredNode row_of(int group, const std::string& host) {
    return {group + 1, group, {host, 5432}, true, true, true, true};
}

inline patroni::GroupMember member(const std::string& name, patroni::Place place) {
    patroni::GroupMember result;
    result.name = name;
    result.host = name;
    result.place = place;
    result.state = "running";
    if (place != patroni::Place::leader) {
        result.lag = 0;
    }
    return result;
}

// The leader of group 0, c1, with c2 behind it and one worker.
inline MemberSnapshot leader_look() {
    MemberSnapshot snapshot;
    snapshot.name = "c1";
    snapshot.group = 0;
    snapshot.status.emplace();
    snapshot.status->role = patroni::MemberRole::primary;
    snapshot.status->state = "running";
    snapshot.readiness = 200;
    snapshot.leads = true;
    snapshot.members = patroni::GroupView{
        {member("c1", patroni::Place::leader), member("c2", patroni::Place::synchronous)}, false};
    snapshot.facts.emplace();
    snapshot.facts->has_citus = true;
    snapshot.facts->user_has_password = true;
    snapshot.facts->synchronous_standby_names = "c2";
    snapshot.cluster = citus::Cluster{row_of(0, "c1"), {row_of(1, "w11")}};
    snapshot.workers[1] = {false, ""};
    return snapshot;
}

// A member without data, of a group that nobody leads.
inline MemberSnapshot unmade_look() {
    MemberSnapshot snapshot;
    snapshot.name = "c1";
    snapshot.status.emplace();
    snapshot.status->state = "stopped";
    snapshot.members = patroni::GroupView{{member("c1", patroni::Place::replica)}, false};
    snapshot.members->members.front().state = "stopped";
    snapshot.never_made = true;
    return snapshot;
}

inline MemberSnapshot replica_look() {
    MemberSnapshot snapshot = leader_look();
    snapshot.name = "c2";
    snapshot.status->role = patroni::MemberRole::replica;
    snapshot.leads = false;
    snapshot.facts->in_recovery = true;
    snapshot.facts->synchronous_standby_names = "";
    snapshot.facts->receives_wal = true;
    snapshot.workers.clear();
    return snapshot;
}

}  // namespace citus_init::agent
