#include "cli/cluster/moves.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/move_progress.h"
#include "cli/cluster/progress_display.h"
#include "cli/cluster/proven_workers.h"

namespace citus_init::cli {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenProbes{1};
constexpr std::chrono::seconds kBetweenChecks{5};

void say(const std::string& text) {
    fmt::print(stderr, "{}\n", text);
}

Error moves_failed(const citus::MoveJob& job) {
    std::string why;
    for (const auto& move : job.running) {
        if (!move.message.empty()) {
            why += fmt::format("; {}: {}", move.command, move.message);
        }
    }
    return Error{
        ExitCode::not_done,
        fmt::format("the moves ended as \"{}\" after {} of {}{}. What has moved stays where "
                    "it is; the same verb goes on from there (SELECT * FROM "
                    "citus_job_status({}))",
                    job.state, job.done, job.total, why, job.id)};
}

// Citus resolves the names anew for each move.
Status stop_unless_unchanged(const ClusterSession& cluster, citus::HeldWorkers& held,
                             std::int64_t id) {
    const Status unchanged = require_unchanged(held, cluster);
    if (unchanged) {
        return {};
    }
    const auto stopped = citus::stop_moves(*cluster.coordinator);
    return fail(
        ExitCode::identity,
        fmt::format("{}. Job {} {}. What has moved stays where it is", unchanged.error().message,
                    id,
                    stopped ? "was stopped" : "could not be stopped: " + stopped.error().text()));
}

std::int64_t bytes_of(const std::vector<citus::PlannedMove>& moves) {
    return std::accumulate(
        moves.begin(), moves.end(), std::int64_t{0},
        [](std::int64_t sum, const citus::PlannedMove& move) { return sum + move.bytes; });
}

Result<MovesEnd> follow(const ClusterSession& cluster, citus::HeldWorkers& held, std::int64_t id,
                        const std::vector<citus::PlannedMove>& moves) {
    MoveProgress progress(bytes_of(moves), steady_clock::now());
    ProgressDisplay display;
    auto checked = steady_clock::now();
    for (;;) {
        const auto job = citus::read_job(*cluster.coordinator, id);
        const auto arrived = job ? citus::arrived_bytes(*cluster.coordinator, moves)
                                 : citus::SqlResult<std::int64_t>(0);
        if (!job || !arrived) {
            display.end();
            return fail(citus::sql_failure("cannot follow the moves, which go on by themselves",
                                           job ? arrived.error() : job.error()));
        }
        const auto now = steady_clock::now();
        progress.sample(*job, *arrived, now);
        display.show(progress.fraction(), progress.line(), now, job->over());
        if (const auto trouble = progress.new_trouble()) {
            display.say_below(*trouble);
        }
        if (job->over()) {
            display.end();
            return job->failed() ? Result<MovesEnd>(fail(moves_failed(*job))) : MovesEnd::done;
        }
        if (now - checked >= kBetweenChecks) {
            checked = now;
            if (const Status unchanged = stop_unless_unchanged(cluster, held, id); !unchanged) {
                display.end();
                return fail(unchanged.error());
            }
        }
        if (process::end_is_wanted_within(kBetweenProbes)) {
            display.say_below(fmt::format(
                "job {} goes on in the background. The same verb shows it again, `citus-init "
                "rebalance --stop` ends it",
                id));
            return MovesEnd::left_running;
        }
    }
}

void report_plan(const std::vector<citus::PlannedMove>& moves) {
    std::set<std::string> ways;
    for (const auto& move : moves) {
        ways.insert(move.from.text() + " -> " + move.to.text());
    }
    say(fmt::format("{} shards to move, {}: {}", moves.size(), size_text(bytes_of(moves)),
                    join({ways.begin(), ways.end()}, ", ")));
}

Status check_obstacles(const ClusterSession& cluster, const citus::MoveOptions& options) {
    if (options.mode == citus::TransferMode::block_writes) {
        return {};
    }
    const auto obstacles = citus::obstacles_to_online_moves(*cluster.coordinator);
    if (!obstacles) {
        return fail(citus::sql_failure("cannot ask the nodes for what online moves need",
                                       obstacles.error()));
    }
    if (obstacles->empty()) {
        return {};
    }
    return fail(ExitCode::not_done,
                fmt::format("shards cannot be moved online:\n  {}\nOr use --mode block_writes: "
                            "writes to a shard then wait while it moves.",
                            join(*obstacles, "\n  ")));
}

}  // namespace

Result<MovesEnd> run_moves(const ClusterSession& cluster, citus::HeldWorkers& held,
                           const citus::MoveOptions& options, bool watch) {
    auto& coordinator = *cluster.coordinator;
    const auto running = citus::unfinished_job(coordinator);
    if (!running) {
        return fail(citus::sql_failure("cannot list the moves that run already", running.error()));
    }
    const auto moves = citus::plan_moves(coordinator, options.drain_only);
    if (!moves) {
        return fail(citus::sql_failure("cannot plan the moves", moves.error()));
    }
    if (*running) {
        say(fmt::format("job {} moves shards already: joining it", **running));
        return watch ? follow(cluster, held, **running, *moves) : MovesEnd::left_running;
    }
    if (moves->empty()) {
        return MovesEnd::nothing_to_do;
    }
    CITUS_INIT_TRY(check_obstacles(cluster, options));
    CITUS_INIT_TRY(require_unchanged(held, cluster));
    report_plan(*moves);
    const auto job = citus::start_moves(coordinator, options);
    if (!job) {
        return fail(citus::sql_failure("cannot start the moves", job.error()));
    }
    if (!*job) {
        return MovesEnd::nothing_to_do;
    }
    return watch ? follow(cluster, held, **job, *moves) : MovesEnd::left_running;
}

}  // namespace citus_init::cli
