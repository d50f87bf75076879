#pragma once

#include <chrono>
#include <string>

#include "citus_init/base/error.h"
#include "citus_init/citus/operations/shard_moves.h"
#include "citus_init/settings/environment.h"

// The verbs about the whole cluster, for people. They work from every node of it. Each returns the
// exit status, which is the one of the last line on stderr: 0; 1 where what was asked for is
// refused or did not come to its end; 76 where a worker is not the recorded one; 64, 69, 78 as
// documented. Data goes to stdout, progress and reasons to stderr.
namespace citus_init::cli {

// Refused, or did not come to its end.
inline constexpr int kNotDone = static_cast<int>(ExitCode::not_done);

struct ListingOptions {
    bool json = false;
    bool watch = false;  // again every 2 s, until ^C
};
// The node's health as `health` has it, then what run_nodes() lists, then the moves that run.
int run_status(const settings::Environment& environment, const std::string& run_directory,
               const ListingOptions& options);
int run_nodes(const settings::Environment& environment, const ListingOptions& options);

struct MoveVerbOptions {
    citus::TransferMode mode = citus::TransferMode::automatic;
    bool detach = false;  // start, and do not watch
};
int run_rebalance(const settings::Environment& environment, const MoveVerbOptions& options);
int run_stop_moves(const settings::Environment& environment);

struct DoctorOptions {
    bool json = false;
    bool fix = false;    // run what is safe, after a question
    bool yes = false;    // without the question
    std::string checks;  // ids with commas between; "" = all
};
// Compares all nodes and says what will hurt; without a running server, what its files show. The
// exit status is its own: 0 nothing but notes, 1 warnings, 2 errors; 64, 78.
int run_doctor(const settings::Environment& environment, const DoctorOptions& options);

// Probes the cluster of the running coordinator as its agent does, and prints the actions that the
// agent would take, with their reasons. Changes nothing. Steps down from root to the owner of
// PGDATA. 0; 69 when the server is not there; 78.
int run_plan(const settings::Environment& environment, bool json);

// Moves every shard off NODE ("host", "host:port") and keeps new ones away from it.
int run_drain(const settings::Environment& environment, const std::string& node,
              const MoveVerbOptions& options);
int run_undo_drain(const settings::Environment& environment, const std::string& node);

// The clean leave: drains NODE, then takes it out of the cluster for good.
int run_remove(const settings::Environment& environment, const std::string& node,
               const MoveVerbOptions& options);

// Waits until so many workers are active, then rebalances.
int run_scale(const settings::Environment& environment, int workers,
              std::chrono::milliseconds timeout, const MoveVerbOptions& options);

}  // namespace citus_init::cli
