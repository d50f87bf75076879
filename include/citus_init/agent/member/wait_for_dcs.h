#pragma once

#include <string>
#include <vector>

namespace citus_init::agent {

// `citus-init wait-for-dcs`, run by PID 1 before Patroni, which logs little while it waits: ends
// with 0 when one of PATRONI_ETCD3_HOSTS or PATRONI_ETCD3_URL answers and has a leader, with 69
// after CITUS_DCS_WAIT_TIMEOUT. At once with 0 where the store is another, or is found by
// PATRONI_ETCD3_SRV. Then settles what a first start of this member that was cut off has left, with
// the group's `initialize` key (docs/adr/0088); with 65 where nobody can say whether the data
// directory is whole. The settings come as the agent's do. SIGTERM ends it at once (default
// action).
int run_wait_for_dcs(const std::vector<std::string>& arguments);

}  // namespace citus_init::agent
