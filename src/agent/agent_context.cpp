#include "citus_init/agent/agent_context.h"

#include <fcntl.h>

#include <cstdlib>
#include <future>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/text.h"
#include "citus_init/doctor/newcomer.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/own_login.h"
#include "citus_init/node/problems.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/load.h"

namespace citus_init::agent {

namespace {

constexpr const char* kReportVariable = "CITUS_INIT_REPORT_FD";
// CREATE and ALTER EXTENSION on a slow disk, citus_add_node() with thousands of tables; longer than
// the server-side limit of the registration.
constexpr std::chrono::milliseconds kStatementDeadline{150'000};
constexpr std::chrono::milliseconds kProbeDeadline{10'000};

// The descriptor that a variable names; owned from now on, and not for our own children.
std::optional<Fd> inherited_descriptor(const char* variable) {
    constexpr int kLargest = 65535;
    const char* text = std::getenv(variable);
    const auto number = parse_integer(text == nullptr ? "" : text, 3, kLargest);
    if (!number || ::fcntl(static_cast<int>(*number), F_SETFD, FD_CLOEXEC) != 0) {
        return std::nullopt;
    }
    return Fd(static_cast<int>(*number));
}

Result<settings::Settings> read_settings(const settings::Environment& environment) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(node::as_error(loaded.error()));
    }
    return std::move(loaded->settings);
}

citus::UpgradePolicy upgrade_policy(settings::AutoUpgrade policy) {
    switch (policy) {
        case settings::AutoUpgrade::off:
            return citus::UpgradePolicy::off;
        case settings::AutoUpgrade::minor:
            return citus::UpgradePolicy::minor;
        case settings::AutoUpgrade::major:
            return citus::UpgradePolicy::major;
    }
    return citus::UpgradePolicy::off;
}

// Of an earlier start. What cannot be read stopped PID 1 before it came to us.
std::optional<postgres::NodeMarker> marker_of(const settings::Settings& settings) {
    auto marker = postgres::read_node_marker(RealFilesystem(), settings.postgres.data_directory);
    return marker ? std::move(*marker) : std::nullopt;
}

bool has_had_citus(const std::optional<postgres::NodeMarker>& marker,
                   const settings::Settings& settings) {
    return marker && marker->citus &&
           (marker->database.empty() || marker->database == settings.citus.database);
}

// How all nodes reach the coordinator that this node is.
HostPort coordinator_address(const settings::CitusSettings& citus, std::uint16_t server_port) {
    return {citus.coordinator_host.empty() ? node::node_name(citus) : citus.coordinator_host,
            citus.coordinator_port.value_or(citus.node_port.value_or(server_port))};
}

}  // namespace

Result<LocalServer> parse_local_server(const std::vector<std::string>& arguments) {
    constexpr int kLargestPort = 65535;
    LocalServer server;
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
        const auto port = parse_integer(arguments[i + 1], 1, kLargestPort);
        if (arguments[i] == "--socket-dir") {
            server.socket_directory = arguments[i + 1];
        } else if (arguments[i] == "--port" && port) {
            server.port = static_cast<std::uint16_t>(*port);
        } else {
            return fail(ExitCode::usage, fmt::format("cannot use \"{} {}\": --socket-dir DIRECTORY "
                                                     "and --port NUMBER are expected",
                                                     arguments[i], arguments[i + 1]));
        }
    }
    if (arguments.size() % 2 != 0 ||
        !(server.socket_directory.starts_with('/') || server.socket_directory.starts_with('@'))) {
        return fail(ExitCode::usage,
                    "--socket-dir needs the absolute path of a directory, or an abstract socket's "
                    "name");
    }
    return server;
}

citus::ConnectionTarget AgentContext::local_target(const std::string& database) const {
    citus::ConnectionTarget target;
    target.host = server.socket_directory;
    target.port = server.port;
    target.database = database.empty() ? settings.citus.database : database;
    target.user = settings.postgres.user;
    // Used only if the local rules of pg_hba.conf ask for it.
    target.password = settings.postgres.password;
    target.statement_deadline = kStatementDeadline;
    return target;
}

citus::ConnectionTarget AgentContext::node_target() const {
    citus::ConnectionTarget target = local_target();
    if (settings.citus.has_mesh()) {
        target.password = {};
    }
    return target;
}

citus::NodeSpec AgentContext::node_spec() const {
    citus::NodeSpec spec;
    spec.is_coordinator = settings.citus.role == settings::Role::coordinator;
    spec.database = settings.citus.database;
    spec.address = coordinator_address(settings.citus, server.port);
    spec.workers_wanted =
        !settings.citus.workers.empty() || settings.citus.worker_discovery.has_value();
    spec.upgrade_policy = upgrade_policy(settings.citus.auto_upgrade);
    const auto marker = marker_of(settings);
    spec.has_had_citus = !settings.citus.allow_recreate && has_had_citus(marker, settings);
    spec.superuser_before = marker ? marker->superuser : "";
    spec.server_id_before = spec.has_had_citus ? marker->cluster_id : "";
    return spec;
}

std::optional<citus::ExtensionUpdateRequest> AgentContext::extension_updates(
    const citus::ServerFacts& facts) const {
    const auto marker = marker_of(settings);
    const std::string available = facts.available ? facts.available->text() : "";
    const bool is_same = marker && marker->library_version == available &&
                         marker->postgres_major == facts.postgres_major();
    if (is_same && settings.citus.update_extensions.empty()) {
        return std::nullopt;
    }
    return citus::ExtensionUpdateRequest{settings.citus.database,
                                         upgrade_policy(settings.citus.auto_upgrade),
                                         settings.citus.update_extensions};
}

citus::ReconcilerSettings AgentContext::reconciler_settings() const {
    citus::ReconcilerSettings reconciler;
    reconciler.coordinator = coordinator_address(settings.citus, server.port);
    reconciler.worker_target = node_target();
    reconciler.worker_target.statement_deadline = kProbeDeadline;
    reconciler.interval = settings.citus.reconcile_interval;
    reconciler.note_joins = settings.citus.rebalance_on_join;
    reconciler.reason_against = doctor::reason_against;
    return reconciler;
}

Result<std::pair<settings::Environment, settings::Settings>> load_own_settings() {
    auto environment = node::inherited_settings();
    if (!environment) {
        return fail(environment.error());
    }
    auto settings = read_settings(*environment);
    if (!settings) {
        return fail(settings.error());
    }
    log::configure(node::log_options(*settings));
    return std::pair(std::move(*environment), std::move(*settings));
}

Result<AgentContext> load_agent_context(const std::vector<std::string>& arguments) {
    auto server = parse_local_server(arguments);
    if (!server) {
        return fail(server.error());
    }
    // With libpq come some twenty libraries, which take as long as the settings.
    auto loading = std::async(std::launch::async, libpq::load_connector);
    auto own = load_own_settings();
    if (!own) {
        return fail(own.error());
    }
    auto connector = loading.get();
    if (!connector) {
        return fail(connector.error());
    }
    return AgentContext{std::move(*server), std::move(own->second),
                        node::with_own_login(std::move(*connector)), std::move(own->first)};
}

Reporter make_reporter() {
    return Reporter(inherited_descriptor(kReportVariable).value_or(Fd()));
}

status::NodeReport node_report(const citus::Preparation& preparation, const std::string& database,
                               bool has_login_role) {
    status::NodeReport report;
    report.citus_version = preparation.server.library_version;
    report.extension_version =
        preparation.server.extension ? preparation.server.extension->text() : "";
    report.database = database;
    report.system_identifier = preparation.server.system_identifier;
    report.server_id = preparation.membership ? preparation.membership->server_id : "";
    report.has_login_role = has_login_role;
    return report;
}

}  // namespace citus_init::agent
