#pragma once

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/result.h"
#include "citus_init/settings/environment.h"

namespace citus_init::cli {

enum class Citus { required, optional };

// The node of this container, for a verb that is called beside it (`docker exec`): its settings,
// its server as postmaster.pid has it, libpq. As root it becomes the server's user first, for good:
// the local rules of pg_hba.conf and the node's private key are that user's. The container's
// PGHOST, PGOPTIONS ... are taken out of our environment: they are for its clients. Errors:
// `config` (settings, no Citus where it is required), `unavailable` (no server), `os` (no libpq).
[[nodiscard]] Result<agent::AgentContext> find_running_node(
    const settings::Environment& environment, Citus citus = Citus::required);

// The settings of this container's node alone, as its running server was started with them. No
// server is needed. Error: `config`.
[[nodiscard]] Result<settings::Settings> load_node_settings(
    const settings::Environment& environment, Citus citus);

// As root: becomes the owner of the data directory, for good.
[[nodiscard]] Status become_server_user(const settings::Settings& settings);

}  // namespace citus_init::cli
