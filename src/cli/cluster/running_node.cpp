#include "cli/cluster/running_node.h"

#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/own_login.h"
#include "citus_init/node/problems.h"
#include "citus_init/node/slot.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/process/identity.h"
#include "citus_init/settings/load.h"

#include "cli/verbs/health_verb.h"

namespace citus_init::cli {

namespace {

// The bootstrap server answers without most of what a verb needs.
Status require_first_start_over(const std::string& run_directory) {
    const auto state = read_health(run_directory);
    if (state.phase != status::Phase::bootstrapping) {
        return {};
    }
    return fail(ExitCode::unavailable,
                fmt::format("this node is not ready yet, its first start is under way ({}): call "
                            "`citus-init health --wait 5min` before this verb",
                            reason_text(state)));
}

Result<agent::LocalServer> running_server(const std::string& data_directory) {
    const std::string path = data_directory + "/postmaster.pid";
    const auto text = RealFilesystem().read(path);
    const auto written = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    if (!written || written->port == 0 || written->socket_directory.empty()) {
        return fail(ExitCode::unavailable,
                    fmt::format("no server runs on \"{}\" ({}): start it first", data_directory,
                                text ? "postmaster.pid is not complete" : text.error().message));
    }
    return agent::LocalServer{written->socket_directory, static_cast<std::uint16_t>(written->port)};
}

void forget_client_variables(const settings::Environment& environment) {
    for (const auto& [name, value] : environment) {
        if (name.starts_with("PG") && name != "PGDATA") {
            ::unsetenv(name.c_str());
        }
    }
}

}  // namespace

Result<settings::Settings> load_node_settings(const settings::Environment& environment,
                                              Citus citus) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(node::as_error(loaded.error()));
    }
    if (citus == Citus::required && !loaded->settings.citus.enable) {
        return fail(ExitCode::config,
                    "CITUS_ENABLE is off: this node is no part of a Citus cluster");
    }
    node::use_running_data_directory(loaded->settings, loaded->resolved);
    return std::move(loaded->settings);
}

Status become_server_user(const settings::Settings& settings) {
    return process::become_owner_of(settings.postgres.data_directory);
}

Result<agent::AgentContext> find_running_node(const settings::Environment& environment,
                                              Citus citus) {
    auto settings = load_node_settings(environment, citus);
    if (!settings) {
        return fail(settings.error());
    }
    CITUS_INIT_TRY(require_first_start_over(settings->supervisor.run_directory));
    auto server = running_server(settings->postgres.data_directory);
    if (!server) {
        return fail(server.error());
    }
    forget_client_variables(environment);
    CITUS_INIT_TRY(become_server_user(*settings));
    auto connector = libpq::load_connector();
    if (!connector) {
        return fail(connector.error());
    }
    return agent::AgentContext{std::move(*server), std::move(*settings),
                               node::with_own_login(std::move(*connector)), environment};
}

}  // namespace citus_init::cli
