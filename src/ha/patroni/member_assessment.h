#pragma once

#include <string>

#include "citus_init/ha/backend/member_snapshot.h"
#include "citus_init/settings/patroni_settings.h"
#include "citus_init/status/condition.h"
#include "citus_init/status/node_status.h"

// What follows from a member's snapshot. All pure; the texts are in Patroni's terms.
namespace citus_init::patroni {

// What clients of this member wait for; none: they can use it. That Patroni calls it ready is not
// enough: it does so of a server without Citus.
status::Condition readiness_of(const ha::MemberSnapshot& snapshot,
                               const settings::PatroniSettings& settings,
                               const std::string& database);

// What this member is in its group.
status::GroupStatus group_status_of(const ha::MemberSnapshot& snapshot);

// A replica that gets nothing from the leader that its group has.
bool is_left_behind(const ha::MemberSnapshot& snapshot);

// Why the group's leader cannot hand over now, as before a planned stop of it; "" = it can. With
// `synchronous_mode` a replica has to count as synchronous, otherwise one has to be less than 1 MiB
// behind (maximum_lag_on_failover).
std::string handover_trouble(const ha::GroupView& group, bool synchronous_mode);

}  // namespace citus_init::patroni
