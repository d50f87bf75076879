#pragma once

namespace citus_init::citus::statement {

// Sizes come from the nodes themselves; get_rebalance_table_shards_plan() has 0 for a plan by shard
// count.
inline constexpr const char* kPlannedMoves =
    "SELECT plan.shardid, plan.sourcename, plan.sourceport, plan.targetname, plan.targetport, "
    "coalesce(shards.shard_size, 0) "
    "FROM pg_catalog.get_rebalance_table_shards_plan(drain_only => $1::bool) plan "
    "LEFT JOIN pg_catalog.citus_shards shards ON shards.shardid = plan.shardid "
    "AND shards.nodename = plan.sourcename AND shards.nodeport = plan.sourceport";

inline constexpr const char* kPlacementsOfShards =
    "SELECT placement.shardid, node.nodename, node.nodeport "
    "FROM pg_catalog.pg_dist_placement placement JOIN pg_catalog.pg_dist_node node "
    "ON node.groupid = placement.groupid AND node.noderole = 'primary' "
    "WHERE placement.shardid = ANY ($1::bigint[])";

inline constexpr const char* kNodesWithoutLogicalDecoding =
    "SELECT node.nodename || ':' || node.nodeport, answer.result "
    "FROM pg_catalog.run_command_on_all_nodes('SHOW wal_level') answer "
    "JOIN pg_catalog.pg_dist_node node USING (nodeid) "
    "WHERE NOT answer.success OR answer.result <> 'logical' ORDER BY 1";

// Tables whose rows logical replication cannot identify: REPLICA IDENTITY NOTHING, or the default
// without a primary key.
inline constexpr const char* kTablesWithoutIdentity =
    "SELECT relation.oid::pg_catalog.regclass::text "
    "FROM pg_catalog.pg_dist_partition partition "
    "JOIN pg_catalog.pg_class relation ON relation.oid = partition.logicalrelid "
    "WHERE partition.partmethod IN ('h', 'a', 'r') AND relation.relkind = 'r' "
    "AND (relation.relreplident = 'n' OR (relation.relreplident = 'd' AND NOT EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = relation.oid AND i.indisprimary))) "
    "ORDER BY 1";

inline constexpr const char* kStartMoves =
    "SELECT pg_catalog.citus_rebalance_start(drain_only => $1::bool, "
    "shard_transfer_mode => $2::citus.shard_transfer_mode)";

inline constexpr const char* kUnfinishedMoves =
    "SELECT job_id FROM pg_catalog.pg_dist_background_job WHERE job_type = 'rebalance' "
    "AND state::text NOT IN ('finished', 'cancelled', 'failed') ORDER BY job_id DESC LIMIT 1";

inline constexpr const char* kUnfinishedJob =
    "SELECT job_id FROM pg_catalog.pg_dist_background_job "
    "WHERE state::text NOT IN ('finished', 'cancelled', 'failed') ORDER BY job_id DESC LIMIT 1";

inline constexpr const char* kHasMoves =
    "SELECT EXISTS (SELECT FROM pg_catalog.get_rebalance_table_shards_plan())";

inline constexpr const char* kBackgroundJob =
    "SELECT state, details FROM pg_catalog.citus_job_status($1::bigint, raw => true)";

inline constexpr const char* kStopMoves = "SELECT pg_catalog.citus_rebalance_stop()";

}  // namespace citus_init::citus::statement
