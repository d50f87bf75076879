#pragma once

#include "app/agent/agent_context.h"
#include "app/agent/reporter.h"

namespace citus_init::app {

// Makes the role of our own sessions where pg_hba.conf has a line for it. Whether it is there; what
// prevents it is a warning, because the node serves its clients without it.
bool ensure_login_role(const AgentContext& context, Reporter& reporter);

}  // namespace citus_init::app
