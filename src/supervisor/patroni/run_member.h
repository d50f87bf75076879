#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// PID 1 of a member that Patroni manages (CITUS_HA=patroni), to its end; the exit status.
[[nodiscard]] Result<int> run_member(node::Node node,
                                     const std::vector<std::string>& server_arguments);

}  // namespace citus_init::supervisor
