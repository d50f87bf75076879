#pragma once

#include <cstdint>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init::health {

// What a node is doing, as users are told.
enum class Phase {
    starting,       // before the server answers
    bootstrapping,  // initdb, database, extension, init scripts
    recovering,     // the server replays WAL
    ready,          // clients can use what was asked for
    stopping,
    failed,  // will not come back by itself; the reason says why
};

const char* phase_name(Phase phase);

// The snapshot that PID 1 publishes and `citus-init health` reads.
struct State {
    Phase phase = Phase::starting;
    std::string reason;           // one line: what it waits for, or why it failed
    std::string node;             // node name, "" unless Citus is on
    std::string role;             // "coordinator", "worker" or ""
    std::int64_t pid = 0;         // of PID 1 of this node
    std::int64_t pid_start = 0;   // process::start_ticks() of it, 0 = not known
    std::int64_t postmaster = 0;  // 0 = none
    int restarts = 0;             // of the postmaster since PID 1 started
    std::string since;            // when the phase began, RFC 3339 UTC
    std::string data_directory;   // "" = not known; with CITUS_DATA_SLOTS the slot
    bool joined = false;          // the cluster is as this node wants it; a worker is a member
    std::string membership;       // agent's line about the cluster, "" if it has nothing to say
};

std::string to_json(const State& state);
[[nodiscard]] Result<State> from_json(const std::string& text);

// "RUN_DIRECTORY/citus-init.json"; run_directory of the settings.
std::string state_path(const std::string& run_directory);

}  // namespace citus_init::health
