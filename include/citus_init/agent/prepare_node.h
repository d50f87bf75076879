#pragma once

#include <string>
#include <vector>

namespace citus_init::agent {

// `citus-init prepare-node --socket-dir DIR --port N`, run by PID 1 on the socket-only server of a
// bootstrap: makes POSTGRES_DB and, with Citus, the node (citus/node_preparation.h). One run; may
// be run again. `arguments` without the verb. Returns the exit code; the last line on stderr says
// why it is not 0. Reports `node` and `warning` (status/report.h).
int run_prepare_node(const std::vector<std::string>& arguments);

}  // namespace citus_init::agent
