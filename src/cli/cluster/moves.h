#pragma once

#include "citus_init/base/result.h"
#include "citus_init/citus/operations/shard_moves.h"

#include "cli/cluster/cluster_session.h"

namespace citus_init::cli {

enum class MovesEnd {
    done,
    nothing_to_do,
    left_running,  // ^C, or nobody was to watch: Citus goes on by itself
};

// Starts the moves, or joins those that run already, and shows how far they are on stderr until
// they are over: a bar on a terminal, else a line now and then. Call process::block_signals()
// before: SIGINT and SIGTERM end the watching, not the moves.
// `held`: every active worker, proven. While it watches it asks again and again whether their names
// still lead to them, and stops the moves where one does not.
// Errors: `not_done` when the moves failed or something stands in their way that Citus would only
// find out in the middle of them, `identity`; the message says what to do.
[[nodiscard]] Result<MovesEnd> run_moves(const ClusterSession& cluster, citus::HeldWorkers& held,
                                         const citus::MoveOptions& options, bool watch);

}  // namespace citus_init::cli
