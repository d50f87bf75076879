#include "cli/cluster/cluster_session.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/operator_limits.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/citus/sql_failure.h"

namespace citus_init::cli {

namespace {

constexpr std::chrono::seconds kLockWait{10};
constexpr int kInspections = 2;
constexpr std::chrono::seconds kBetweenInspections{2};

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

// With Patroni the coordinator's leader moves, and pg_dist_node says where it is. A standby of it
// has the same role, but cannot do what the verbs do.
Result<std::optional<HostPort>> leader_elsewhere(citus::Session& own, int group) {
    const auto recovery = own.query("SELECT pg_catalog.pg_is_in_recovery()");
    if (!recovery) {
        return fail(citus::sql_failure("cannot ask this node's server", recovery.error()));
    }
    if (group == 0 && !recovery->is_true(0, 0)) {
        return std::nullopt;
    }
    const auto cluster = citus::read_cluster(own);
    if (!cluster) {
        return fail(citus::sql_failure("cannot read pg_dist_node", cluster.error()));
    }
    if (!cluster->coordinator) {
        return fail(ExitCode::unavailable,
                    "this node does not know its coordinator yet: pg_dist_node has none");
    }
    return cluster->coordinator->address;
}

// None: this node is the coordinator.
Result<std::optional<HostPort>> coordinator_elsewhere(const settings::Settings& settings,
                                                      citus::Session& own) {
    if (settings.patroni) {
        return leader_elsewhere(own, settings.patroni->group);
    }
    const auto& citus = settings.citus;
    if (citus.role != settings::Role::worker) {
        return std::nullopt;
    }
    return HostPort{citus.coordinator_host, citus.coordinator_port.value_or(5432)};
}

// At the first start the server answers before the extension is there.
Status require_citus(citus::Session& own, const std::string& database) {
    const auto there =
        own.query("SELECT pg_catalog.to_regclass('pg_catalog.pg_dist_node') IS NOT NULL");
    if (!there) {
        return fail(citus::sql_failure("cannot ask this node's server", there.error()));
    }
    return there->is_true(0, 0)
               ? Status()
               : fail(ExitCode::unavailable,
                      fmt::format("this node is not ready yet, the database \"{}\" has no "
                                  "extension citus: see `citus-init health`",
                                  database));
}

}  // namespace

Result<citus::HeldWorkers> ClusterSession::hold_workers() const {
    citus::HeldWorkers::Settings how;
    how.target = node_target;
    how.wait = kLockWait;
    how.with_shards = true;
    for (int attempt = 1;; ++attempt) {
        auto held = citus::HeldWorkers::hold(*coordinator, *node.connector, how);
        if (!held) {
            return fail(citus::sql_failure("cannot inspect the workers", held.error()));
        }
        const auto& refusals = held->not_proven();
        const bool may_pass = std::any_of(
            refusals.begin(), refusals.end(),
            [](const auto& refusal) { return refusal.why == citus::Refusal::incomplete; });
        if (!may_pass || attempt == kInspections) {
            return std::move(*held);
        }
        // A table may just be made or dropped: Citus commits on the coordinator first.
        std::this_thread::sleep_for(kBetweenInspections);
    }
}

bool ClusterSession::answers(const HostPort& address) const {
    citus::ConnectionTarget target = node_target;
    target.host = address.host;
    target.port = address.port;
    return node.connector->connect(target).has_value();
}

Result<ClusterSession> open_cluster_session(const settings::Environment& environment) {
    auto node = find_running_node(environment);
    if (!node) {
        return fail(node.error());
    }
    const citus::ConnectionTarget local = node->local_target();
    auto session = connect(*node->connector, local, "this node's server");
    if (!session) {
        return fail(session.error());
    }
    CITUS_INIT_TRY(require_citus(**session, local.database));
    auto options = citus::read_node_conninfo(**session);
    if (!options) {
        return fail(citus::sql_failure("cannot read citus.node_conninfo", options.error()));
    }
    citus::ConnectionTarget node_target = node->node_target();
    node_target.options = std::move(*options);
    auto coordinator = coordinator_elsewhere(node->settings, **session);
    if (!coordinator) {
        return fail(coordinator.error());
    }
    if (*coordinator) {
        node_target.host = (*coordinator)->host;
        node_target.port = (*coordinator)->port;
        session = connect(*node->connector, node_target,
                          fmt::format("the coordinator {}:{}", node_target.host, node_target.port));
        if (!session) {
            return fail(session.error());
        }
    }
    if (const auto ours = citus::check_own_schema(**session); !ours) {
        return fail(citus::sql_failure("cannot use what is there under our names", ours.error()));
    }
    if (const auto limited = citus::limit_operators_session(**session); !limited) {
        return fail(citus::sql_failure("cannot set up the session", limited.error()));
    }
    return ClusterSession{std::move(*node), std::move(*session), std::move(node_target)};
}

}  // namespace citus_init::cli
