#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/cluster_session.h"
#include "cli/cluster/move_progress.h"
#include "cli/cluster/moves.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/cluster/proven_workers.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

// Any worker may be given shards or give some.
Result<MovesEnd> balance(const ClusterSession& cluster, const MoveVerbOptions& options) {
    auto held = cluster.hold_workers();
    if (!held) {
        return fail(held.error());
    }
    CITUS_INIT_TRY(require_proven(*held, std::nullopt));
    return run_moves(cluster, *held, {false, options.mode}, !options.detach);
}

int rebalance(const ClusterSession& cluster, const MoveVerbOptions& options) {
    const auto end = balance(cluster, options);
    if (!end) {
        return end_refused(end.error());
    }
    switch (*end) {
        case MovesEnd::done:
            fmt::print("the shards are balanced\n");
            return 0;
        case MovesEnd::nothing_to_do:
            fmt::print("the shards are balanced already\n");
            return 0;
        case MovesEnd::left_running:
            return options.detach ? 0 : kNotDone;
    }
    return kNotDone;
}

int active_workers(const citus::Cluster& cluster) {
    int count = 0;
    for (const auto& node : cluster.workers) {
        count += node.active && node.metadata_synced ? 1 : 0;
    }
    return count;
}

// Interrupted, or past the deadline.
bool waits_no_longer(std::chrono::steady_clock::time_point deadline) {
    return process::end_is_wanted_within(std::chrono::milliseconds(500)) ||
           std::chrono::steady_clock::now() >= deadline;
}

// Waits for this node, too.
Result<ClusterSession> open_within(const settings::Environment& environment,
                                   std::chrono::steady_clock::time_point deadline) {
    std::string reported;
    for (;;) {
        auto cluster = open_cluster_session(environment);
        if (cluster || cluster.error().code != ExitCode::unavailable) {
            return cluster;
        }
        if (std::exchange(reported, cluster.error().message) != reported) {
            fmt::print(stderr, "waiting: {}\n", reported);
        }
        if (waits_no_longer(deadline)) {
            return cluster;
        }
    }
}

}  // namespace

int run_rebalance(const settings::Environment& environment, const MoveVerbOptions& options) {
    process::block_signals();
    const auto cluster = open_cluster_session(environment);
    return cluster ? rebalance(*cluster, options) : end_verb(cluster.error());
}

int run_stop_moves(const settings::Environment& environment) {
    const auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    const auto running = citus::unfinished_job(*cluster->coordinator);
    if (running && !*running) {
        fmt::print("no shards are moving\n");
        return 0;
    }
    const auto stopped = running ? citus::stop_moves(*cluster->coordinator)
                                 : citus::SqlResult<void>(tl::unexpected(running.error()));
    if (!stopped) {
        return end_refused(citus::sql_failure("cannot stop the moves", stopped.error()));
    }
    fmt::print("the moves are stopped; what has moved stays where it is\n");
    return 0;
}

int run_scale(const settings::Environment& environment, int workers,
              std::chrono::milliseconds timeout, const MoveVerbOptions& options) {
    process::block_signals();
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto cluster = open_within(environment, deadline);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    int last = -1;
    for (;;) {
        const auto now = citus::read_cluster(*cluster->coordinator);
        if (!now) {
            return end_verb(citus::sql_failure("cannot read pg_dist_node", now.error()));
        }
        const int active = active_workers(*now);
        if (active >= workers) {
            break;
        }
        if (active != last) {
            fmt::print(stderr, "{} of {} workers are in the cluster\n", active, workers);
            last = active;
        }
        if (waits_no_longer(deadline)) {
            fmt::print(stderr,
                       "only {} of {} workers joined. Start the others (docker compose up --scale "
                       "worker={}); `citus-init plan` shows what keeps one out\n",
                       active, workers, workers);
            return kNotDone;
        }
    }
    return rebalance(*cluster, options);
}

}  // namespace citus_init::cli
