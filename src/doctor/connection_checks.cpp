#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/core.h>

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr const char* kPool = "citus.max_shared_pool_size";
// Sessions of Citus' own on a worker: four, and two for each worker (daemons, rebalancer).
constexpr double kOwnSessions = 4;
constexpr double kOwnSessionsForWorker = 2;
constexpr double kMargin = 0.9;
constexpr double kQueriesAtOnce = 4;

// The limit of connections from the coordinator to one worker.
struct Pool {
    double size = 0;
    bool follows = false;    // max_connections of the coordinator: the default
    bool is_limited = true;  // by anything but the coordinator's own sessions
};

std::vector<const NodeFacts*> workers_of(const ClusterFacts& cluster) {
    std::vector<const NodeFacts*> workers;
    for (const NodeFacts& node : cluster.nodes) {
        if (!node.is_coordinator && !node.is_standby && node.settings) {
            workers.push_back(&node);
        }
    }
    return workers;
}

// None where there is no coordinator with workers, or its settings are not known.
std::optional<Pool> pool_of(const ClusterFacts& cluster) {
    const NodeFacts* coordinator = cluster.coordinator();
    if (coordinator == nullptr || !coordinator->settings || workers_of(cluster).empty()) {
        return std::nullopt;
    }
    const auto size = coordinator->settings->number(kPool);
    const auto most = coordinator->settings->number("max_connections");
    if (!size || !most) {
        return std::nullopt;
    }
    return Pool{*size > 0 ? *size : *most, *size == 0, *size >= 0};
}

// The coordinator, and each worker that clients use.
double issuing_nodes(const ClusterFacts& cluster) {
    const auto workers = workers_of(cluster);
    return 1 + static_cast<double>(
                   std::count_if(workers.begin(), workers.end(), [](const NodeFacts* worker) {
                       return worker->sessions && worker->sessions->clients > 0;
                   }));
}

std::string issuing_text(double nodes) {
    return fmt::format("{} issuing node{}", nodes, nodes == 1 ? "" : "s");
}

double reserved_on(const NodeFacts& node) {
    return node.settings->number("superuser_reserved_connections").value_or(0) +
           node.settings->number("reserved_connections").value_or(0);
}

double own_sessions(const ClusterFacts& cluster) {
    return kOwnSessions + kOwnSessionsForWorker * static_cast<double>(workers_of(cluster).size());
}

std::string pool_fix(const ClusterFacts& cluster, const NodeFacts& worker) {
    const double room = worker.settings->number("max_connections").value_or(0) -
                        reserved_on(worker) - own_sessions(cluster);
    const double size = std::max(1.0, std::floor(kMargin * room / issuing_nodes(cluster)));
    return fmt::format(
        "Set {}={} on every node that clients use, and reload; or raise "
        "max_connections, of the workers first and of the coordinator last",
        variable_of(kPool), size);
}

std::string pool_text(const Pool& pool) {
    return pool.follows ? fmt::format("{} (max_connections of the coordinator)", pool.size)
                        : fmt::format("{}", pool.size);
}

}  // namespace

void find_pool_over_worker(const ClusterFacts& cluster, Report& report) {
    const auto pool = pool_of(cluster);
    if (!pool) {
        return;
    }
    if (!pool->is_limited) {
        report.add(*cluster.coordinator(),
                   fmt::format("{} is -1: nothing limits the connections to a worker", kPool),
                   pool_fix(cluster, *workers_of(cluster).front()));
        return;
    }
    const double issuing = issuing_nodes(cluster);
    for (const NodeFacts* worker : workers_of(cluster)) {
        const auto most = worker->settings->number("max_connections");
        if (most && issuing * pool->size > *most) {
            report.add(*worker,
                       fmt::format("{} x {} {} = {} connections, max_connections here is {}",
                                   issuing_text(issuing), kPool, pool_text(*pool),
                                   issuing * pool->size, *most),
                       pool_fix(cluster, *worker));
        }
    }
}

void find_tight_pool(const ClusterFacts& cluster, Report& report) {
    const auto pool = pool_of(cluster);
    if (!pool || !pool->is_limited) {
        return;
    }
    const double issuing = issuing_nodes(cluster);
    for (const NodeFacts* worker : workers_of(cluster)) {
        const auto most = worker->settings->number("max_connections");
        const double needed = issuing * pool->size + own_sessions(cluster) + reserved_on(*worker);
        if (most && issuing * pool->size <= *most && needed > *most) {
            report.add(
                *worker,
                fmt::format("{} x {} {} + {} sessions of Citus + {} reserved = {} connections, "
                            "max_connections here is {}",
                            issuing_text(issuing), kPool, pool_text(*pool), own_sessions(cluster),
                            reserved_on(*worker), needed, *most),
                pool_fix(cluster, *worker));
        }
    }
}

void find_clients_over_pool(const ClusterFacts& cluster, Report& report) {
    const auto pool = pool_of(cluster);
    if (!pool || !pool->is_limited) {
        return;
    }
    const NodeFacts& node = *cluster.coordinator();
    const auto limit = node.settings->number("citus.max_client_connections");
    const auto cached = node.settings->number("citus.max_cached_conns_per_worker");
    const double clients =
        limit && *limit >= 0
            ? *limit
            : node.settings->number("max_connections").value_or(0) - reserved_on(node);
    if (cached && clients * *cached > pool->size) {
        report.add(node,
                   fmt::format("{} clients x {} cached connections = {}, more than {} {}", clients,
                               *cached, clients * *cached, kPool, pool_text(*pool)),
                   fmt::format("Set {}={}, and let clients beyond that wait in a connection pooler "
                               "(PgBouncer); do not set citus.max_cached_conns_per_worker to 0",
                               variable_of("citus.max_client_connections"),
                               std::floor(pool->size / std::max(1.0, *cached))));
    }
}

void find_executor_over_pool(const ClusterFacts& cluster, Report& report) {
    const auto pool = pool_of(cluster);
    if (!pool || !pool->is_limited) {
        return;
    }
    const NodeFacts& node = *cluster.coordinator();
    const auto executor = node.settings->number("citus.max_adaptive_executor_pool_size");
    if (executor && *executor * kQueriesAtOnce > pool->size) {
        report.add(node,
                   fmt::format("citus.max_adaptive_executor_pool_size {} x {} queries at once = "
                               "{}, more than {} {}",
                               *executor, kQueriesAtOnce, *executor * kQueriesAtOnce, kPool,
                               pool_text(*pool)),
                   fmt::format("Set {}={}", variable_of("citus.max_adaptive_executor_pool_size"),
                               std::max(1.0, std::floor(pool->size / kQueriesAtOnce))));
    }
}

}  // namespace citus_init::doctor
