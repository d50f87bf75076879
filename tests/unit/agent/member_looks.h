#pragma once

#include <string>

#include "agent/patroni/member_look.h"

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
inline MemberLook leader_look() {
    MemberLook look;
    look.name = "c1";
    look.group = 0;
    look.status.emplace();
    look.status->role = patroni::MemberRole::primary;
    look.status->state = "running";
    look.readiness = 200;
    look.leads = true;
    look.members = patroni::GroupView{
        {member("c1", patroni::Place::leader), member("c2", patroni::Place::synchronous)}, false};
    look.facts.emplace();
    look.facts->has_citus = true;
    look.facts->user_has_password = true;
    look.facts->synchronous_standby_names = "c2";
    look.cluster = citus::Cluster{row_of(0, "c1"), {row_of(1, "w11")}};
    look.workers[1] = {false, ""};
    return look;
}

// A member without data, of a group that nobody leads.
inline MemberLook unmade_look() {
    MemberLook look;
    look.name = "c1";
    look.status.emplace();
    look.status->state = "stopped";
    look.members = patroni::GroupView{{member("c1", patroni::Place::replica)}, false};
    look.members->members.front().state = "stopped";
    look.never_made = true;
    return look;
}

inline MemberLook replica_look() {
    MemberLook look = leader_look();
    look.name = "c2";
    look.status->role = patroni::MemberRole::replica;
    look.leads = false;
    look.facts->in_recovery = true;
    look.facts->synchronous_standby_names = "";
    look.facts->receives_wal = true;
    look.workers.clear();
    return look;
}

}  // namespace citus_init::agent
