#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/process/identity.h"
#include "citus_init/settings/load.h"

#include "app/agent/agent_context.h"
#include "app/verbs/plan_text.h"
#include "app/verbs/verb_end.h"
#include "app/verbs/verbs.h"

namespace citus_init::app {

namespace {

// Where this container's server listens, as it wrote itself.
Result<LocalServer> running_server(const std::string& data_directory) {
    const std::string path = data_directory + "/postmaster.pid";
    const auto text = RealFilesystem().read(path);
    const auto written = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    if (!written || written->port == 0 || written->socket_directory.empty()) {
        return fail(ExitCode::unavailable,
                    fmt::format("no server runs on \"{}\" ({}): start it first", data_directory,
                                text ? "postmaster.pid is not complete" : text.error().message));
    }
    return LocalServer{written->socket_directory, static_cast<std::uint16_t>(written->port)};
}

// The server's own user, whom its `local` rules let in by peer authentication.
Status become_owner_of(const std::string& data_directory) {
    struct stat directory {};
    if (::geteuid() != 0 || ::stat(data_directory.c_str(), &directory) != 0 ||
        directory.st_uid == 0) {
        return {};
    }
    const auto user = process::find_user(directory.st_uid);
    if (!user) {
        return fail(user.error());
    }
    return process::step_down(
        user->value_or(process::User{"", directory.st_uid, directory.st_gid, "/"}));
}

// The container's PGHOST, PGOPTIONS ... are for its clients.
void forget_client_variables(const settings::Environment& environment) {
    for (const auto& [name, value] : environment) {
        if (name.starts_with("PG") && name != "PGDATA") {
            ::unsetenv(name.c_str());
        }
    }
}

Result<AgentContext> context_of(settings::Settings settings) {
    auto server = running_server(settings.postgres.data_directory);
    if (!server) {
        return fail(server.error());
    }
    CITUS_INIT_TRY(become_owner_of(settings.postgres.data_directory));
    auto connector = libpq::load_connector();
    if (!connector) {
        return fail(connector.error());
    }
    return AgentContext{std::move(*server), std::move(settings), std::move(*connector)};
}

Result<citus::Plan> preview(const AgentContext& context) {
    auto session = context.connector->connect(context.local_target());
    if (!session) {
        return fail(citus::sql_failure("cannot connect to the local server", session.error()));
    }
    citus::Reconciler reconciler(*context.connector, context.reconciler_settings(),
                                 [] { return 0.0; });
    auto plan =
        reconciler.preview(**session, context.desired_workers(), std::chrono::steady_clock::now());
    if (!plan) {
        return fail(citus::sql_failure("cannot read the cluster", plan.error()));
    }
    return std::move(*plan);
}

}  // namespace

int run_plan(const settings::Environment& environment, bool json) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return end_verb(loaded.error());
    }
    const auto& citus = loaded->settings.citus;
    if (!citus.enable || citus.role != settings::Role::coordinator) {
        return end_verb({ExitCode::config,
                         "only a coordinator plans its cluster: run this where CITUS_ENABLE=true "
                         "and CITUS_ROLE=coordinator"});
    }
    forget_client_variables(environment);
    const auto context = context_of(std::move(loaded->settings));
    if (!context) {
        return end_verb(context.error());
    }
    const auto plan = preview(*context);
    if (!plan) {
        return end_verb(plan.error());
    }
    static_cast<void>(std::fputs((json ? plan_json(*plan) : plan_text(*plan)).c_str(), stdout));
    return 0;
}

}  // namespace citus_init::app
