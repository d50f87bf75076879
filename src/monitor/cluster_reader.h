#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "citus_init/citus/session.h"
#include "citus_init/monitor/cluster_snapshot.h"

namespace citus_init::monitor {

// What the database's Citus offers.
struct ClusterSources {
    std::optional<int> group_id;
    bool each_table = false;  // not asked of the database: the user's wish
    bool schemas = false;
    bool remote_connections = false;
    bool active_transactions = false;
    bool commit_records = false;
    bool background_tasks = false;
    bool cleanup = false;
    bool counters = false;
    bool tenants = false;
    bool moves = false;
};
[[nodiscard]] citus::SqlResult<ClusterSources> read_sources(citus::Session& session);

// Fills all parts but `answers`. Each fails by itself. `is_stopping` is asked between statements.
void read_cluster_snapshot(citus::Session& coordinator, const ClusterSources& sources,
                           ClusterSnapshot& cluster, const std::function<bool()>& is_stopping);

// Whether the node knows its own shards: its metadata is there and in sync.
bool knows_its_shards(const ClusterNode& node);

// Array literals, in one order; names with their schemas.
struct ShardNames {
    std::string shards;
    std::string tables;  // whose shards they are
};
// Of a node that does not know its shards. None: they could not be read.
std::optional<ShardNames> read_shard_names(citus::Session& coordinator, int group_id);

// --- On a session to a node ---

[[nodiscard]] citus::SqlResult<NodeFacts> read_node_facts(citus::Session& node);
// Of all shards on the node. `names`: the coordinator's; none: the node knows its shards.
[[nodiscard]] citus::SqlResult<double> read_shard_bytes(citus::Session& node, int group_id,
                                                        const std::optional<ShardNames>& names);
// The same for each table, by its name with its schema.
[[nodiscard]] citus::SqlResult<Numbers> read_table_bytes(citus::Session& node, int group_id,
                                                         const std::optional<ShardNames>& names);

}  // namespace citus_init::monitor
