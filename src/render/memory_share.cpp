#include "memory_share.h"

#include <algorithm>
#include <cmath>

#include "citus_init/base/size_text.h"

namespace citus_init::render {

namespace {

constexpr double kLeastBuffers = 16;
constexpr double kMostBuffers = 16 * 1024;
constexpr double kLargeMachine = 4 * 1024;
constexpr double kPoolShare = 0.9;  // of a worker's slots

bool has_citus(const TuningInputs& inputs) {
    return inputs.role != TunedRole::server;
}

// Nodes that send queries to workers.
int issuing_nodes(const TuningInputs& inputs) {
    return inputs.is_queried_on_workers ? inputs.workers + 1 : 1;
}

// Of the slots of a worker that is queried: what its own clients may have.
int quarter(int slots) {
    return std::max(1, slots / 4);
}

// Of the slots of a standalone node: its connections to itself, one for four clients.
int fifth(int slots) {
    return std::max(1, slots / 5);
}

// Of maintenance daemons, two for each worker, of the rebalancer and of the agent.
int internal_connections(int workers) {
    return 4 + 2 * workers;
}

// Sessions that are busy take 8 MB on average.
int desired_slots(const TuningInputs& inputs, double memory) {
    constexpr double kConnectionShare = 0.3;
    constexpr double kBusySession = 8;
    constexpr int kFewest = 20;
    const bool has_clients =
        inputs.role == TunedRole::standalone || inputs.role == TunedRole::coordinator;
    const int most = has_clients ? 300 : 400;
    const auto slots = static_cast<int>(
        std::min(kConnectionShare * memory / kBusySession, static_cast<double>(most)));
    const int clients = std::max(slots, kFewest);
    return inputs.role == TunedRole::standalone ? clients + quarter(clients) : clients;
}

// What is never cut: each issuing node keeps one connection.
int fewest_slots(const TuningInputs& inputs) {
    constexpr int kFewest = 10;
    return std::max(kFewest, inputs.is_queried_on_workers ? 2 * issuing_nodes(inputs) : 0);
}

double desired_buffers(const TuningInputs& inputs, double memory) {
    const double share = inputs.role == TunedRole::coordinator ? 0.15 : 0.25;
    return std::clamp(std::floor(share * memory), kLeastBuffers, kMostBuffers);
}

// An upper bound of shared_memory_size, from `postgres -C shared_memory_size` of PostgreSQL 15 to
// 18 with shared_buffers of 16 MB to 16 GB and 25 to 415 connections: the caches of 17 follow
// shared_buffers, 18 has I/O handles for each process. With some MB for Citus.
double shared_memory(const TuningInputs& inputs, const MemoryShare& share) {
    constexpr double kBuffer = 1.0225;
    constexpr double kCaches = 0.006;
    constexpr double kCachedBuffers = 4096;
    constexpr double kMostWalBuffers = 16;
    constexpr double kTransaction = 0.0213;
    constexpr double kLock = 0.00039;
    constexpr double kInputOutput = 0.05;
    constexpr double kOther = 12;
    constexpr int kAuxiliary = 8;
    const double buffers = share.shared_buffers;
    const int processes =
        share.max_connections + worker_processes(inputs) + wal_senders(inputs) + kAuxiliary;
    return kBuffer * buffers + kCaches * std::min(buffers, kCachedBuffers) +
           std::min(kMostWalBuffers, buffers / 32) +
           (processes + share.max_prepared_transactions) * (kTransaction + kLock * share.locks) +
           processes * kInputOutput + kOther;
}

void count(const TuningInputs& inputs, MemoryShare& share) {
    const GivenValues& given = inputs.given;
    share.max_connections =
        given.max_connections.value_or(share.slots + share.internal + given.reserved);
    // Twice, as Citus itself chooses: one of its transactions prepares one on each placement.
    share.max_prepared_transactions =
        given.max_prepared_transactions.value_or(has_citus(inputs) ? 2 * share.max_connections : 0);
    share.shared_memory = shared_memory(inputs, share);
    share.needed = share.shared_memory + share.max_connections * kSessionMemory;
}

// Slots first: fewer clients are told so, less cache slows down all of them.
void cut_to_fit(const TuningInputs& inputs, MemoryShare& share) {
    const double usable = kUsableMemory * share.memory;
    const int fewest = fewest_slots(inputs);
    count(inputs, share);
    while (share.needed > usable && !inputs.given.max_connections && share.slots > fewest) {
        --share.slots;
        share.is_cut = true;
        count(inputs, share);
    }
    while (share.needed > usable && !inputs.given.shared_buffers &&
           share.shared_buffers > kLeastBuffers) {
        --share.shared_buffers;
        share.is_cut = true;
        count(inputs, share);
    }
}

// Of the worker that has the fewest; of one that is like this node, as long as nobody has asked.
int slots_of_worker(const TuningInputs& inputs) {
    if (inputs.known) {
        return std::max(1, inputs.known->sessions - internal_connections(inputs.known->count));
    }
    TuningInputs worker = inputs;
    worker.role = TunedRole::worker;
    worker.given = GivenValues{};
    return share_memory(worker).slots;
}

// Of the slots of a worker: what the connections of the issuing nodes may have.
int of_other_nodes(const TuningInputs& inputs, int slots) {
    return inputs.is_queried_on_workers ? slots - quarter(slots) : slots;
}

// Clients keep the CPUs busy; queries that fan out hold what they sort on each node with shards.
int busy_slots(const TuningInputs& inputs, const MemoryShare& share) {
    const int fan_out = kMostOfQuery * multi_shard_queries(inputs);
    int clients = std::max(8, 4 * inputs.machine.cpus);
    int tasks = 0;
    if (inputs.role == TunedRole::standalone) {
        tasks = std::min(fifth(share.slots), fan_out);
    } else if (inputs.role == TunedRole::worker) {
        clients = inputs.is_queried_on_workers ? std::min(clients, quarter(share.slots)) : 0;
        tasks = std::min(static_cast<int>(kPoolShare * of_other_nodes(inputs, share.slots)),
                         issuing_nodes(inputs) * fan_out);
    }
    return std::max(1, std::min(clients + tasks, share.slots));
}

}  // namespace

int multi_shard_queries(const TuningInputs& inputs) {
    return std::min(24, std::max(4, 2 * inputs.machine.cpus));
}

int worker_processes(const TuningInputs& inputs) {
    const int databases = has_citus(inputs) ? 1 : 0;
    return std::clamp(2 * inputs.machine.cpus + 4 * databases + 8, 16, 128);
}

int wal_senders(const TuningInputs& inputs) {
    return 10 + (has_citus(inputs) ? inputs.workers : 0);
}

MemoryShare share_memory(const TuningInputs& inputs) {
    const GivenValues& given = inputs.given;
    MemoryShare share;
    share.memory = std::floor(inputs.machine.memory / kMegabyte);
    share.internal = has_citus(inputs) ? internal_connections(inputs.workers) : 0;
    share.shared_buffers = given.shared_buffers.value_or(desired_buffers(inputs, share.memory));
    share.slots = given.max_connections
                      ? std::max(1, *given.max_connections - share.internal - given.reserved)
                      : std::max(desired_slots(inputs, share.memory), fewest_slots(inputs));
    share.locks = given.max_locks_per_transaction.value_or(!has_citus(inputs)             ? 64
                                                           : share.memory < kLargeMachine ? 128
                                                                                          : 256);
    cut_to_fit(inputs, share);
    return share;
}

Division divide_slots(const TuningInputs& inputs, const MemoryShare& share) {
    Division division;
    division.busy = busy_slots(inputs, share);
    if (inputs.role == TunedRole::server ||
        (inputs.role == TunedRole::worker && !inputs.is_queried_on_workers)) {
        return division;
    }
    switch (inputs.role) {
        case TunedRole::worker:
            division.clients = quarter(inputs.known ? slots_of_worker(inputs) : share.slots);
            break;
        case TunedRole::standalone:
            division.local = fifth(share.slots);
            division.clients = std::max(1, share.slots - division.local);
            break;
        case TunedRole::coordinator:
        case TunedRole::server:
            division.local = quarter(share.max_connections);  // optional: it has no shards
            division.clients = share.slots;
            break;
    }
    if (inputs.role != TunedRole::standalone) {
        const int issuing = inputs.known && inputs.is_queried_on_workers ? inputs.known->count + 1
                                                                         : issuing_nodes(inputs);
        const double pool = kPoolShare * of_other_nodes(inputs, slots_of_worker(inputs)) / issuing;
        division.pool = inputs.given.pool.value_or(std::max(1, static_cast<int>(pool)));
        // A session that is idle keeps one connection to each worker.
        division.clients = std::min(division.clients, division.pool);
    }
    return division;
}

}  // namespace citus_init::render
