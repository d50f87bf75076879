#pragma once

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

namespace citus_init::agent {

// The agent of a node without Patroni. Waits until the server accepts, makes sure that it is the
// node that the settings ask for, says `prepared`. On a coordinator it takes announcements and goes
// on registering the workers of CITUS_WORKERS; on a worker it goes on announcing the node to its
// coordinator. Without Citus: checks whether a database has it nevertheless, reports `prepared` or
// `fatal 65`, and follows a recovery to its end. Returns 0 when there is nothing left to do or PID
// 1 has closed its end of the report socket, else the exit code that it also reported as `fatal`.
int run_node_agent(AgentContext context, Reporter& reporter);

}  // namespace citus_init::agent
