#include "app/operations/cluster_session.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/process/identity.h"
#include "citus_init/settings/load.h"

#include "app/problems.h"

namespace citus_init::app {

namespace {

// Planning the moves of thousands of shards, dropping a node's metadata.
constexpr std::chrono::milliseconds kStatementDeadline{150'000};

constexpr const char* kPrologue =
    "SELECT pg_catalog.set_config('lock_timeout', '5s', false), "
    "pg_catalog.set_config('statement_timeout', '120s', false), "
    "pg_catalog.set_config('citus.node_connection_timeout', '3s', false)";

Result<settings::Settings> load(const settings::Environment& environment) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(as_error(loaded.error()));
    }
    if (!loaded->settings.citus.enable) {
        return fail(ExitCode::config,
                    "CITUS_ENABLE is off: this node is no part of a Citus cluster");
    }
    return std::move(loaded->settings);
}

Status become_owner_of(const std::string& data_directory) {
    struct stat info {};
    if (::geteuid() != 0 || ::stat(data_directory.c_str(), &info) != 0 || info.st_uid == 0) {
        return {};
    }
    auto user = process::find_user(info.st_uid);
    if (!user) {
        return fail(user.error());
    }
    return process::step_down(
        user->value_or(process::User{"", info.st_uid, info.st_gid, data_directory}));
}

Result<citus::ConnectionTarget> local_target(const settings::Settings& settings) {
    const std::string path = settings.postgres.data_directory + "/postmaster.pid";
    const auto text = RealFilesystem().read(path);
    const auto file = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    if (!file || file->port == 0 || file->socket_directory.empty()) {
        return fail(ExitCode::unavailable,
                    fmt::format("no server runs here: \"{}\" {}", path,
                                text ? "names no port or socket yet" : "cannot be read"));
    }
    citus::ConnectionTarget target;
    target.host = file->socket_directory;
    target.port = static_cast<std::uint16_t>(file->port);
    target.database = settings.citus.database;
    target.user = settings.postgres.user;
    target.password = settings.postgres.password;
    target.statement_deadline = kStatementDeadline;
    return target;
}

Result<std::unique_ptr<citus::Session>> connect(citus::Connector& connector,
                                                const citus::ConnectionTarget& target,
                                                const std::string& whom) {
    auto session = connector.connect(target);
    if (!session) {
        Error error = citus::sql_failure("cannot connect to " + whom, session.error());
        error.code = ExitCode::unavailable;
        return fail(error);
    }
    return std::move(*session);
}

// The TLS options with which Citus itself reaches other nodes.
Result<std::map<std::string, std::string>> node_options(citus::Session& local) {
    const auto rows = local.query("SHOW citus.node_conninfo");
    if (!rows) {
        return fail(citus::sql_failure("cannot read citus.node_conninfo", rows.error()));
    }
    return citus::parse_conninfo(rows->at(0, 0)).value_or(std::map<std::string, std::string>{});
}

}  // namespace

std::unique_ptr<citus::Session> ClusterSession::session_on(
    const citus::NodeAddress& address) const {
    citus::ConnectionTarget target = node_target;
    target.host = address.host;
    target.port = address.port;
    auto session = connector->connect(target);
    return session ? std::move(*session) : nullptr;
}

Result<ClusterSession> open_cluster_session(const settings::Environment& environment) {
    auto settings = load(environment);
    if (!settings) {
        return fail(settings.error());
    }
    CITUS_INIT_TRY(become_owner_of(settings->postgres.data_directory));
    auto connector = libpq::load_connector();
    if (!connector) {
        return fail(connector.error());
    }
    auto target = local_target(*settings);
    if (!target) {
        return fail(target.error());
    }
    auto session = connect(**connector, *target, "this node's server");
    if (!session) {
        return fail(session.error());
    }
    auto options = node_options(**session);
    if (!options) {
        return fail(options.error());
    }
    citus::ConnectionTarget node_target = *target;
    node_target.options = std::move(*options);
    if (settings->citus.role == settings::Role::worker) {
        node_target.host = settings->citus.coordinator_host;
        node_target.port = settings->citus.coordinator_port.value_or(node_target.port);
        session = connect(**connector, node_target,
                          fmt::format("the coordinator {}:{}", node_target.host, node_target.port));
        if (!session) {
            return fail(session.error());
        }
    }
    if (const auto limited = (*session)->query(kPrologue); !limited) {
        return fail(citus::sql_failure("cannot set up the session", limited.error()));
    }
    return ClusterSession{std::move(*settings), std::move(*connector), std::move(*session),
                          std::move(node_target)};
}

}  // namespace citus_init::app
