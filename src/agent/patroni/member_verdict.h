#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/patroni/finding.h"
#include "citus_init/settings/patroni_settings.h"

#include "agent/patroni/member_look.h"

namespace citus_init::agent {

// "" when clients can use this member, else what it waits for. Patroni's word alone is not enough:
// it calls a server ready that has no Citus. Pure.
std::string readiness_of(const MemberLook& look, const settings::PatroniSettings& settings,
                         const std::string& database);

// "leader of group 1, 1 replica, synchronous: w12". Pure.
std::string membership_of(const MemberLook& look);

// A replica that gets nothing from the leader that its group has. Pure.
bool is_left_behind(const MemberLook& look);

// What Patroni does not put right by itself. One that is found while a failover is on its way is
// none yet: see FindingWatch. Pure.
std::vector<Finding> findings_of(const MemberLook& look, bool has_certificates);

}  // namespace citus_init::agent
