#pragma once

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

namespace citus_init::agent {

// The agent of a member that Patroni manages (run_agent() with CITUS_HA=patroni). It never writes
// pg_dist_node: Patroni is the one writer. Returns the agent's exit code.
int run_member_agent(const AgentContext& context, Reporter& reporter);

}  // namespace citus_init::agent
