#pragma once

#include "citus_init/render/tuning.h"

namespace citus_init::render {

// How a node's memory is shared out between shared_buffers and connections; sizes are in MB.
struct MemoryShare {
    double memory = 0;
    double shared_buffers = 0;
    int internal = 0;  // connections inside Citus: maintenance daemons of peers, rebalancer, agent
    int slots = 0;     // what is left for clients and for the connections of other nodes
    int locks = 0;     // max_locks_per_transaction
    int max_connections = 0;
    int max_prepared_transactions = 0;
    double shared_memory = 0;
    double needed = 0;
    bool is_cut = false;  // there is less than the formula wants
};

MemoryShare share_memory(const TuningInputs& inputs);

// How the slots are divided; 0: it has none of the kind.
struct Division {
    int clients = 0;
    int local = 0;  // connections of the node to itself
    int pool = 0;   // connections to each worker
    int busy = 0;   // slots whose queries may run at once, and each take memory for sorts
};

// How many multi-shard queries are to go on at once on each node that sends them, and how many
// connections to each worker one of them has at most.
int multi_shard_queries(const TuningInputs& inputs);
inline constexpr int kMostOfQuery = 16;

// On nodes that are alike. A worker that is not queried has only the connections of others.
Division divide_slots(const TuningInputs& inputs, const MemoryShare& share);

// max_worker_processes
int worker_processes(const TuningInputs& inputs);
// max_wal_senders and max_replication_slots: replicas, shard moves.
int wal_senders(const TuningInputs& inputs);

}  // namespace citus_init::render
