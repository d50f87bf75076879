#pragma once

#include <memory>

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::agent {

// A worker's coordinator, as the settings name it.
HostPort coordinator_of(const AgentContext& context);

// How a worker connects to it: as the nodes connect to each other, which `own`, a session to the
// worker's own server, knows.
citus::ConnectionTarget coordinator_target(const AgentContext& context, citus::Session& own);

// A session there, opened with it. Error 42501 where somebody else's objects lie under our names
// and would be called with a superuser's rights (citus/own_schema.h).
[[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> connect_to_coordinator(
    const AgentContext& context, const citus::ConnectionTarget& target);

}  // namespace citus_init::agent
