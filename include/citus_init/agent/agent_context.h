#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/agent/reporter.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/extension_updates.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/session.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// The server that a program of ours is about: `--socket-dir DIR --port N`.
struct LocalServer {
    std::string socket_directory;
    std::uint16_t port = 5432;
};

[[nodiscard]] Result<LocalServer> parse_local_server(const std::vector<std::string>& arguments);

// What the agent and prepare-node start from.
struct AgentContext {
    LocalServer server;
    settings::Settings settings;
    std::unique_ptr<citus::Connector> connector;
    settings::Environment environment;  // the container's, secrets included

    // The local server over its socket, as the superuser; `database` "" = the one of Citus.
    citus::ConnectionTarget local_target(const std::string& database = {}) const;
    // Any other node, but for its host and port: no password where nodes know each other by
    // certificates, so that whoever asks for one gets none.
    citus::ConnectionTarget node_target() const;
    citus::NodeSpec node_spec() const;
    // None where neither Citus nor PostgreSQL is another than at the last good start, and no
    // extension is to be updated.
    std::optional<citus::ExtensionUpdateRequest> extension_updates(
        const citus::ServerFacts& facts) const;
    citus::ReconcilerSettings reconciler_settings() const;
};

// Reads the settings from the descriptor that CITUS_INIT_SETTINGS_FD names, an environment block of
// "NAME=value" each followed by a NUL, and closes it; sets up the log. Errors: `usage`, `config`.
[[nodiscard]] Result<std::pair<settings::Environment, settings::Settings>> load_own_settings();

// The same, and loads libpq. Errors: `usage`, `config`, `os` (no libpq).
[[nodiscard]] Result<AgentContext> load_agent_context(const std::vector<std::string>& arguments);

// On the descriptor that CITUS_INIT_REPORT_FD names; without it reports go to the log.
Reporter make_reporter();

citus_init::status::NodeReport node_report(const citus::Preparation& preparation,
                                           const std::string& database,
                                           bool has_login_role = false);

}  // namespace citus_init::agent
