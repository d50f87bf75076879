#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/patroni/finding.h"
#include "citus_init/settings/patroni_settings.h"
#include "citus_init/status/node_status.h"

#include "agent/patroni/member_probe.h"

namespace citus_init::agent {

// What clients of this member wait for; none: they can use it. Patroni's answer alone is not
// enough: it calls a server ready that has no Citus. Pure.
status::Condition readiness_of(const MemberSnapshot& snapshot,
                               const settings::PatroniSettings& settings,
                               const std::string& database);

// What this member is in its group. Pure.
status::GroupStatus group_status_of(const MemberSnapshot& snapshot);

// A replica that gets nothing from the leader that its group has. Pure.
bool is_left_behind(const MemberSnapshot& snapshot);

// What Patroni does not put right by itself. One that is found while a failover is on its way is
// none yet: see FindingWatch. Pure.
std::vector<Finding> findings_of(const MemberSnapshot& snapshot, bool has_certificates);

}  // namespace citus_init::agent
