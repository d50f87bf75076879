#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/monitor/part.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

struct ClusterFacts {
    std::string extension;  // its version
    std::string library;    // the version that is loaded, "" = none
    // Resolved as Citus does; none: no limit.
    std::optional<double> max_shared_pool_size;
    std::optional<double> local_shared_pool_size;
    std::optional<double> max_client_connections;
    std::optional<double> max_cached_connections;
};

// A row of pg_dist_node.
struct ClusterNode {
    int node_id = 0;
    int group_id = 0;
    HostPort address;
    bool is_primary = true;
    bool has_metadata = false;
    bool active = false;
    bool metadata_synced = false;
    bool should_have_shards = false;
    double shards = 0;              // placements of every table
    double distributed_shards = 0;  // of these, of distributed tables
};

struct TableCounts {
    Numbers by_kind;  // distributed, reference, single_shard, local
    double shards = 0;
    std::optional<double> schemas;  // none: before Citus 12
};

struct CitusTable {
    std::string name;  // with its schema
    std::string kind;  // as in TableCounts
    double shards = 0;
};

struct RemoteConnections {
    HostPort address;
    std::string database;
    double count = 0;
};

struct Transactions {
    std::optional<double> commit_records;
    std::optional<double> distributed;  // in progress, begun on this node
};

// Of one shard, from node to node.
struct ShardMove {
    enum class State { waiting, moving, moved };
    std::string table;  // with its schema
    std::int64_t shard_id = 0;
    HostPort source;
    HostPort target;
    State state = State::waiting;
    double bytes = 0;         // of the shard on its source
    double copied_bytes = 0;  // on its target
    std::optional<Seconds>
        left;  // at the rate since it was first seen to move; none: not known yet
    // When and at what size that was.
    std::optional<WallTime> first_seen{};
    double first_copied_bytes = 0;
};

struct DatabaseCounters {
    std::string database;
    Numbers counters;
};

struct Tenant {
    std::string attribute;
    std::string colocation_id;
    double queries = 0;
    double cpu = 0;  // seconds
};

// What a node reports of itself.
struct NodeFacts {
    bool in_recovery = false;
    double connections = 0;
    double max_connections = 0;
    PreparedByOwner prepared;
    std::string extension{};  // Citus' version in the database, "" = none
    std::string library{};    // that is loaded
    std::string release{};    // of PostgreSQL, "15.20"
};

// A node as this coordinator's collector reached it.
struct NodeSnapshot {
    HostPort address;
    int group_id = 0;
    bool up = false;
    int consecutive_failures = 0;
    Collection session;  // opening one; none took: not asked yet
    std::optional<Seconds> round_trip;
    Part<NodeFacts> facts;
    Part<std::vector<RunningQuery>> queries;  // none of the coordinator: see the server's
    Part<double> shard_bytes;
    Part<Numbers> table_bytes;  // of its shards, by table, where each table is asked for
};

// The cluster, on its coordinator.
struct ClusterSnapshot {
    Part<ClusterFacts> facts;
    Part<std::vector<ClusterNode>> nodes;
    Part<TableCounts> tables;
    Part<std::vector<CitusTable>> each_table;  // where it is asked for
    Part<std::vector<RemoteConnections>> remote_connections;
    Part<Transactions> transactions;
    Part<Numbers> background_tasks;  // by status
    Part<Numbers> cleanup_records;   // by group
    Part<std::vector<DatabaseCounters>> counters;
    Part<std::vector<Tenant>> tenants;
    Part<std::vector<ShardMove>> moves;
    std::vector<NodeSnapshot> answers;  // of primaries
};

// "waiting", "moving", "moved"
const char* state_name(ShardMove::State state);

// nullptr: the node was not asked.
const NodeSnapshot* find_answer(const ClusterSnapshot& cluster, const HostPort& address);

// How unevenly the nodes that should have shards are loaded: the largest load over the mean, 1 =
// evenly. None: there is nothing to compare, or not all of it is known.
struct Imbalance {
    std::optional<double> shards;  // of distributed tables
    std::optional<double> bytes;
};
Imbalance imbalance_of(const ClusterSnapshot& cluster);

}  // namespace citus_init::monitor
