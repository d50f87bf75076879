#pragma once

#include <array>
#include <string_view>

// What is asked of the coordinator about the cluster, and of each node about itself, for Citus 11.3
// to 14. citus_shards, citus_tables and the global views ask every node, wait for one that hangs,
// and leave out what did not answer without an error: none of them is used.
namespace citus_init::monitor::statement {

// The extension may be dropped while its library stays.
inline constexpr const char* kHasMetadata =
    "SELECT pg_catalog.to_regclass('pg_catalog.pg_dist_local_group') IS NOT NULL";
// The group, and which sources this version has.
inline constexpr const char* kSources =
    "SELECT (SELECT groupid FROM pg_catalog.pg_dist_local_group), "
    "pg_catalog.to_regclass('pg_catalog.pg_dist_schema') IS NOT NULL, "
    "pg_catalog.to_regprocedure('pg_catalog.citus_remote_connection_stats()') IS NOT NULL, "
    "pg_catalog.to_regprocedure('pg_catalog.get_all_active_transactions()') IS NOT NULL, "
    "pg_catalog.to_regclass('pg_catalog.pg_dist_transaction') IS NOT NULL, "
    "pg_catalog.to_regclass('pg_catalog.pg_dist_background_task') IS NOT NULL, "
    "pg_catalog.to_regclass('pg_catalog.pg_dist_cleanup') IS NOT NULL, "
    "pg_catalog.to_regclass('pg_catalog.citus_stat_counters') IS NOT NULL, "
    "pg_catalog.to_regclass('pg_catalog.citus_stat_tenants_local') IS NOT NULL "
    "AND pg_catalog.current_setting('citus.stat_tenants_track', true) = 'all', "
    "pg_catalog.to_regprocedure('pg_catalog.get_rebalance_progress()') IS NOT NULL";

// Citus takes -1 for no limit, and 0 for a value that follows max_connections.
inline constexpr const char* kClusterFacts =
    "SELECT (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus'), "
    "pg_catalog.current_setting('citus.version', true), "
    "pg_catalog.current_setting('citus.max_shared_pool_size', true), "
    "pg_catalog.current_setting('citus.local_shared_pool_size', true), "
    "pg_catalog.current_setting('citus.max_client_connections', true), "
    "pg_catalog.current_setting('citus.max_cached_conns_per_worker', true), "
    "pg_catalog.current_setting('max_connections')";

inline constexpr const char* kClusterNodes =
    "SELECT n.nodeid, n.groupid, n.nodename, n.nodeport, n.noderole = 'primary', n.hasmetadata, "
    "n.isactive, n.metadatasynced, n.shouldhaveshards, coalesce(p.shards, 0), "
    "coalesce(p.distributed, 0) FROM pg_catalog.pg_dist_node n LEFT JOIN (SELECT "
    "placement.groupid, count(*) AS shards, count(*) FILTER (WHERE partmethod <> 'n') AS "
    "distributed FROM pg_catalog.pg_dist_placement placement "
    "JOIN pg_catalog.pg_dist_shard USING (shardid) "
    "JOIN pg_catalog.pg_dist_partition USING (logicalrelid) GROUP BY 1) p USING (groupid) "
    "ORDER BY n.nodeid";

inline constexpr const char* kTables =
    "SELECT CASE WHEN partmethod <> 'n' THEN 'distributed' WHEN repmodel = 't' THEN 'reference' "
    "WHEN colocationid <> 0 THEN 'single_shard' ELSE 'local' END, count(*) "
    "FROM pg_catalog.pg_dist_partition GROUP BY 1 "
    "UNION ALL SELECT 'shards', count(*) FROM pg_catalog.pg_dist_shard";
// search_path is pg_catalog, so names have their schema.
inline constexpr const char* kEachTable =
    "SELECT p.logicalrelid::text, CASE WHEN partmethod <> 'n' THEN 'distributed' "
    "WHEN repmodel = 't' THEN 'reference' WHEN colocationid <> 0 THEN 'single_shard' "
    "ELSE 'local' END, (SELECT count(*) FROM pg_catalog.pg_dist_shard s "
    "WHERE s.logicalrelid = p.logicalrelid) FROM pg_catalog.pg_dist_partition p";
inline constexpr const char* kSchemas = "SELECT count(*) FROM pg_catalog.pg_dist_schema";

// Of this node's shared memory.
inline constexpr const char* kRemoteConnections =
    "SELECT hostname, port, database_name, sum(connection_count_to_node) "
    "FROM pg_catalog.citus_remote_connection_stats() GROUP BY 1, 2, 3";
inline constexpr const char* kDistributedTransactions =
    "SELECT count(*) FROM pg_catalog.get_all_active_transactions() "
    "WHERE transaction_number > 0 AND NOT worker_query";
inline constexpr const char* kCommitRecords = "SELECT count(*) FROM pg_catalog.pg_dist_transaction";

inline constexpr std::array<std::string_view, 6> kTaskStatuses{
    "blocked", "runnable", "running", "cancelling", "error", "unscheduled"};
inline constexpr const char* kBackgroundTasks =
    "SELECT status, count(*) FROM pg_catalog.pg_dist_background_task "
    "WHERE status NOT IN ('done', 'cancelled') GROUP BY 1";
inline constexpr const char* kCleanupRecords =
    "SELECT node_group_id, count(*) FROM pg_catalog.pg_dist_cleanup GROUP BY 1";

inline constexpr std::array<std::string_view, 5> kClusterCounters{
    "connection_establishment_succeeded", "connection_establishment_failed", "connection_reused",
    "query_execution_single_shard", "query_execution_multi_shard"};
inline constexpr const char* kStatCounters =
    "SELECT name, connection_establishment_succeeded, connection_establishment_failed, "
    "connection_reused, query_execution_single_shard, query_execution_multi_shard "
    "FROM pg_catalog.citus_stat_counters";

inline constexpr const char* kTenants =
    "SELECT coalesce(tenant_attribute, ''), colocation_id, query_count_in_this_period, "
    "cpu_usage_in_this_period FROM pg_catalog.citus_stat_tenants_local "
    "ORDER BY cpu_usage_in_this_period DESC, query_count_in_this_period DESC LIMIT 10";

// Asks source and target for sizes while a move runs, so it comes last.
inline constexpr const char* kMoves =
    "SELECT table_name::text, shardid, sourcename, sourceport, targetname, targetport, progress, "
    "shard_size, target_shard_size FROM pg_catalog.get_rebalance_progress() ORDER BY shardid";

// --- A node, on a session to it ---

inline constexpr const char* kRoundTrip = "SELECT 1";
inline constexpr const char* kNodeFacts =
    "SELECT pg_catalog.pg_is_in_recovery(), "
    "(SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'), "
    "pg_catalog.current_setting('max_connections'), "
    "coalesce((SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus'), ''), "
    "coalesce(pg_catalog.current_setting('citus.version', true), ''), "
    "pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1)";

// shard_name() cuts and hashes what would be too long, and leaves the schema public out: it is put
// back, since no session of ours has it in its path.
// $1: the group, on the coordinator, for a node that has no metadata: the names of its shards, and
// in the same order those of their tables, as kEachTable has them.
inline constexpr const char* kShardNames =
    "SELECT coalesce(pg_catalog.array_agg(CASE n.nspname WHEN 'public' THEN 'public.' ELSE '' END "
    "|| pg_catalog.shard_name(s.logicalrelid, s.shardid)), "
    "'{}'::pg_catalog.text[])::pg_catalog.text, "
    "coalesce(pg_catalog.array_agg(pg_catalog.format('%I.%I', n.nspname, c.relname)), "
    "'{}'::pg_catalog.text[])::pg_catalog.text FROM pg_catalog.pg_dist_placement p "
    "JOIN pg_catalog.pg_dist_shard s USING (shardid) "
    "JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE p.groupid = $1::pg_catalog.int4";
// $1: such names. A shard that is not there has no size: it was moved away a moment ago.
inline constexpr const char* kShardBytesByName =
    "SELECT "
    "coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(pg_catalog.to_regclass(name))), 0) "
    "FROM pg_catalog.unnest($1::pg_catalog.text[]) name";
// $1: the group, on a node that has metadata.
inline constexpr const char* kShardBytes =
    "SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(pg_catalog.to_regclass("
    "CASE n.nspname WHEN 'public' THEN 'public.' ELSE '' END || "
    "pg_catalog.shard_name(s.logicalrelid, s.shardid)))), 0) "
    "FROM pg_catalog.pg_dist_placement p JOIN pg_catalog.pg_dist_shard s USING (shardid) "
    "JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE p.groupid = $1::pg_catalog.int4";
// The same for each table. $1: names of shards, $2: of their tables.
inline constexpr const char* kTableBytesByName =
    "SELECT of_table, coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size("
    "pg_catalog.to_regclass(name))), 0) "
    "FROM pg_catalog.unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) shard(name, of_table) "
    "GROUP BY 1";
// $1: the group.
inline constexpr const char* kTableBytes =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), "
    "coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(pg_catalog.to_regclass("
    "CASE n.nspname WHEN 'public' THEN 'public.' ELSE '' END || "
    "pg_catalog.shard_name(s.logicalrelid, s.shardid)))), 0) "
    "FROM pg_catalog.pg_dist_placement p JOIN pg_catalog.pg_dist_shard s USING (shardid) "
    "JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE p.groupid = $1::pg_catalog.int4 GROUP BY 1";

}  // namespace citus_init::monitor::statement
