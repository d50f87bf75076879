#pragma once

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

namespace citus_init::agent {

// Works until the node's cluster is restored, where its data directory says that it is being
// restored: PID 1 starts the server anew in between, and another agent. False: PID 1 is gone, or is
// about to end this agent. True: there is nothing to do, or no more.
[[nodiscard]] bool finish_restore(const AgentContext& context, Reporter& reporter);

}  // namespace citus_init::agent
