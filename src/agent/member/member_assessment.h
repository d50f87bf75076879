#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/member/finding.h"
#include "citus_init/settings/patroni_settings.h"

#include "agent/member/member_probe.h"

namespace citus_init::agent {

// "" when clients can use this member, else what it waits for. Patroni's word alone is not enough:
// it calls a server ready that has no Citus. Pure.
std::string readiness_of(const MemberSnapshot& snapshot, const settings::PatroniSettings& settings,
                         const std::string& database);

// "leader of group 1, 1 replica, synchronous: w12". Pure.
std::string membership_of(const MemberSnapshot& snapshot);

// A replica that gets nothing from the leader that its group has. Pure.
bool is_left_behind(const MemberSnapshot& snapshot);

// What Patroni does not put right by itself. One that is found while a failover is on its way is
// none yet: see FindingWatch. Pure.
std::vector<Finding> findings_of(const MemberSnapshot& snapshot, bool has_certificates);

}  // namespace citus_init::agent
