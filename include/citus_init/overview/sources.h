#pragma once

#include "citus_init/agent/agent_context.h"
#include "citus_init/monitor/collector.h"

namespace citus_init::overview {

// What a collector beside the server of `node` works with. `node` outlives it.
monitor::Sources collector_sources(const agent::AgentContext& node);

}  // namespace citus_init::overview
