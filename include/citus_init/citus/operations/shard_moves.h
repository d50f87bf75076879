#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Shard moves in the background: citus_rebalance_start() (Citus 11.1), which goes on whether or not
// anybody watches. All functions take a session on the coordinator.

// Citus' own names for how a shard is copied.
enum class TransferMode {
    automatic,      // online; refused by Citus for a table without a replica identity
    force_logical,  // online for such tables as well; UPDATE and DELETE on them fail meanwhile
    block_writes,   // writes to the shard wait until it has moved
};
const char* transfer_mode_name(TransferMode mode);

struct MoveOptions {
    bool drain_only = false;  // only off nodes that are not to have shards
    TransferMode mode = TransferMode::automatic;
};

// One move that Citus would make.
struct PlannedMove {
    std::int64_t shard = 0;
    HostPort from;
    HostPort to;
    std::int64_t bytes = 0;
};
[[nodiscard]] SqlResult<std::vector<PlannedMove>> plan_moves(Session& coordinator, bool drain_only);
// Whether there is any; not for nodes that are to be drained only.
[[nodiscard]] SqlResult<bool> has_moves_to_make(Session& coordinator);

// How many bytes of these have arrived: their placement is at the target.
[[nodiscard]] SqlResult<std::int64_t> arrived_bytes(Session& coordinator,
                                                    const std::vector<PlannedMove>& moves);

// What stands in the way of moves that do not block writes, one sentence each with what to do.
// Citus itself finds out in the middle of the first move.
[[nodiscard]] SqlResult<std::vector<std::string>> obstacles_to_online_moves(Session& coordinator);

// A move that runs now.
struct RunningMove {
    std::string command;
    std::string from;  // "host:port"
    std::string to;
    std::string phase;  // "Copying Data", "Catching Up", ...
    std::int64_t copied_bytes = 0;
    std::int64_t total_bytes = 0;
    std::string position;  // of the source's WAL: what changes while anything happens
    int retried = 0;
    std::string message;  // of its last failure
};

struct MoveJob {
    std::int64_t id = 0;
    // As Citus has it: scheduled, running, finished, cancelling, cancelled, failing, failed.
    std::string state;
    int done = 0;
    int total = 0;
    std::vector<RunningMove> running;

    bool over() const;
    bool failed() const;
};

// None: there is nothing to move. 42710 or 55000 when a job runs already.
[[nodiscard]] SqlResult<std::optional<std::int64_t>> start_moves(Session& coordinator,
                                                                 const MoveOptions& options);
// The one that is not over, if any.
[[nodiscard]] SqlResult<std::optional<std::int64_t>> unfinished_job(Session& coordinator);
// The same, whatever the job does.
[[nodiscard]] SqlResult<std::optional<std::int64_t>> unfinished_background_job(
    Session& coordinator);
[[nodiscard]] SqlResult<MoveJob> read_job(Session& coordinator, std::int64_t id);
[[nodiscard]] SqlResult<void> stop_moves(Session& coordinator);

// The `details` of citus_job_status(raw => true). Nothing in it is relied on to be there.
MoveJob parse_job(std::int64_t id, const std::string& state, const std::string& details);

}  // namespace citus_init::citus
