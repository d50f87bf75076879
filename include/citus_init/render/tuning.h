#pragma once

#include <map>
#include <optional>
#include <string>

#include "citus_init/render/layered_value.h"
#include "citus_init/render/machine.h"

namespace citus_init::render {

// CITUS_TUNE=auto: memory, connections, workers, WAL and Citus' pools that fit a machine. Pure.

enum class TunedRole {
    server,       // without Citus
    standalone,   // a coordinator that never has workers
    coordinator,  // without shards of its own
    worker,
};

// Values of the user's own, beside which the others have to fit.
struct GivenValues {
    std::optional<double> shared_buffers{};  // MB
    std::optional<int> max_connections{};
    std::optional<int> max_prepared_transactions{};
    std::optional<int> max_locks_per_transaction{};
    std::optional<int> pool{};  // citus.max_shared_pool_size
    int reserved = 3;           // superuser_reserved_connections and reserved_connections

    // Whether one of them takes memory that the tuned values count on.
    bool any() const {
        return shared_buffers || max_connections || max_prepared_transactions ||
               max_locks_per_transaction;
    }
};

// Of a cluster's workers, once the agent has found them.
struct KnownWorkers {
    int count = 0;
    // max_connections less the reserved ones: on a coordinator of the one that has the fewest, on a
    // worker its own.
    int sessions = 0;
    bool operator==(const KnownWorkers&) const = default;
};

struct TuningInputs {
    Machine machine;
    TunedRole role = TunedRole::server;
    int workers = 0;                     // of the cluster
    bool is_queried_on_workers = false;  // clients connect to workers, too
    GivenValues given{};
    double hash_mem_multiplier = 2;       // the server's: how many work_mem a hash table may have
    std::optional<KnownWorkers> known{};  // only pools follow them: they need no restart
};

struct Tuning {
    std::map<std::string, LayeredValue> values;  // the origin is the formula with its inputs
    bool fits = false;         // shared memory and connections leave a fifth of the memory
    double needed = 0;         // MB of those two
    int max_connections = 0;   // the user's or the tuned one
    double shared_memory = 0;  // MB, an upper estimate of the server's shared_memory_size
};

// How many workers a node expects before any has been asked: those of CITUS_WORKERS, at least 4; 0
// where there are never any.
int expected_workers(const settings::CitusSettings& citus);

// The least memory that anything is tuned for, MB.
inline constexpr double kLeastMemory = 192;
// The share of the memory that shared memory and connections, at kSessionMemory each, may have.
inline constexpr double kUsableMemory = 0.8;
inline constexpr double kSessionMemory = 4;  // MB; measured 1.3 to 5.4 when idle

// `machine.memory` is known. Every other value keeps to the bounds that PostgreSQL and Citus have.
// For nodes that are alike, I issuing ones among them, I x pool + connections inside Citus +
// reserved ones + clients of its own are never more than a worker's max_connections. Where there
// are more workers than expected, that holds once they are known, and while a worker has, beside
// the connections inside Citus, at least two sessions for each node.
Tuning tune(const TuningInputs& inputs);

}  // namespace citus_init::render
