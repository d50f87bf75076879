#pragma once

#include "app/agent/agent_context.h"
#include "app/agent/reporter.h"

namespace citus_init::app {

// The agent of a member that Patroni manages (run_agent() with CITUS_HA=patroni). It never writes
// pg_dist_node: Patroni is the one writer. Returns the agent's exit code.
int run_member_agent(const AgentContext& context, Reporter& reporter);

}  // namespace citus_init::app
