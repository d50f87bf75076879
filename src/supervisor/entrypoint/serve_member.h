#pragma once

#include <string>
#include <vector>

#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// PID 1 of a member that Patroni manages (CITUS_HA=patroni), to its end; the exit status. A member
// that etcd has restore its group does that first, as a node without Patroni (ADR 87).
int serve_member(node::Node node, const std::vector<std::string>& server_arguments);

}  // namespace citus_init::supervisor
