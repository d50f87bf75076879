#pragma once

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/postgres/lifecycle.h"

#include "supervisor/programs.h"

namespace citus_init::supervisor {

// How each child of a node with a server of its own is started. `report_end` is the child's end of
// the agent link for those that report (agent, preparation); `log_end` where the output of initdb
// or of a server goes, -1 for ours.
[[nodiscard]] Result<Program> node_program(postgres::lifecycle::Child child, node::Node& node,
                                           int report_end, int log_end);

}  // namespace citus_init::supervisor
