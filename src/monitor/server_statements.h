#pragma once

#include <array>
#include <string_view>

// What is asked of the local server, for PostgreSQL 13 to 18. No statement waits for another node,
// or for a lock longer than the session's lock_timeout.
namespace citus_init::monitor::statement {

// $1: whether the server has Citus. A session of ours is not delayed by, and does not hide behind,
// what an administrator has set for the role.
inline constexpr const char* kPrologue =
    "SELECT pg_catalog.set_config('statement_timeout', '4s', false), "
    "pg_catalog.set_config('lock_timeout', '1s', false), "
    "pg_catalog.set_config('default_transaction_read_only', 'on', false), "
    "CASE WHEN $1::pg_catalog.bool "
    "THEN pg_catalog.set_config('citus.node_connection_timeout', '1s', false) END";

// A value of the command line wins at the next start too, though a reload marks the other one of a
// file as pending.
inline constexpr const char* kFacts =
    "SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.version(), "
    "pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1), "
    "extract(epoch FROM pg_catalog.pg_postmaster_start_time()), "
    "pg_catalog.pg_is_in_recovery(), "
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused() END, "
    "CASE WHEN pg_catalog.pg_is_in_recovery() "
    "THEN greatest((SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()), "
    "(SELECT received_tli FROM pg_catalog.pg_stat_wal_receiver)) "
    "ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name("
    "pg_catalog.pg_current_wal_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4 END, "
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
    "ELSE pg_catalog.pg_current_wal_lsn() END - '0/0'::pg_catalog.pg_lsn, "
    "CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN NULL "
    "WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0 "
    "ELSE greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - "
    "pg_catalog.pg_last_xact_replay_timestamp())) END, "
    "(SELECT count(*) FROM pg_catalog.pg_settings WHERE pending_restart "
    "AND source <> 'command line')";

// Named as postgres_exporter names them: sizes in bytes with a suffix, booleans as numbers.
inline constexpr const char* kSettings =
    "SELECT name || CASE WHEN unit IN ('kB', '8kB', 'MB') THEN '_bytes' ELSE '' END, "
    "CASE WHEN unit IN ('kB', '8kB', 'MB') "
    "THEN pg_catalog.pg_size_bytes(pg_catalog.current_setting(name))::text "
    "WHEN vartype = 'bool' THEN (CASE WHEN setting = 'on' THEN '1' ELSE '0' END) "
    "ELSE setting END FROM pg_catalog.pg_settings WHERE name IN ('max_connections', "
    "'superuser_reserved_connections', 'reserved_connections', 'max_prepared_transactions', "
    "'max_replication_slots', 'max_wal_senders', 'max_worker_processes', 'autovacuum', "
    "'autovacuum_freeze_max_age', 'fsync', 'full_page_writes', 'max_wal_size', 'shared_buffers')";

inline constexpr const char* kSessions =
    "SELECT datname, usename, backend_type = 'client backend', state, "
    "coalesce(wait_event_type = 'Lock', false), count(*), greatest(0, "
    "max(extract(epoch FROM pg_catalog.clock_timestamp() - xact_start))) "
    "FROM pg_catalog.pg_stat_activity GROUP BY 1, 2, 3, 4, 5";

constexpr const char* longest_lock_wait(int server_version) {
    return server_version >= 140000 ? "SELECT greatest(0, coalesce(max(extract(epoch FROM "
                                      "pg_catalog.clock_timestamp() - waitstart)), 0)) "
                                      "FROM pg_catalog.pg_locks WHERE NOT granted"
                                    : "SELECT NULL";
}

// Our own session would be one of the backends.
inline constexpr const char* kXminAges =
    "SELECT 'backends', coalesce(max(pg_catalog.age(backend_xmin)), 0) "
    "FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid() "
    "AND backend_type <> 'walsender' "
    "UNION ALL SELECT 'replicas', coalesce(max(pg_catalog.age(backend_xmin)), 0) "
    "FROM pg_catalog.pg_stat_replication "
    "UNION ALL SELECT 'replication_slots', coalesce(greatest(max(pg_catalog.age(xmin)), "
    "max(pg_catalog.age(catalog_xmin))), 0) FROM pg_catalog.pg_replication_slots "
    "UNION ALL SELECT 'prepared_transactions', coalesce(max(pg_catalog.age(transaction)), 0) "
    "FROM pg_catalog.pg_prepared_xacts";

inline constexpr std::array<std::string_view, 17> kDatabaseCounters{
    "numbackends",   "xact_commit",   "xact_rollback", "blks_read",   "blks_hit",
    "tup_returned",  "tup_fetched",   "tup_inserted",  "tup_updated", "tup_deleted",
    "conflicts",     "temp_files",    "temp_bytes",    "deadlocks",   "checksum_failures",
    "blk_read_time", "blk_write_time"};
inline constexpr const char* kDatabases =
    "SELECT d.oid, d.datname, pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid), "
    "s.numbackends, s.xact_commit, s.xact_rollback, s.blks_read, s.blks_hit, s.tup_returned, "
    "s.tup_fetched, s.tup_inserted, s.tup_updated, s.tup_deleted, s.conflicts, s.temp_files, "
    "s.temp_bytes, s.deadlocks, s.checksum_failures, s.blk_read_time, s.blk_write_time "
    "FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid "
    "ORDER BY d.datname";

// Walks files: for the slow pass.
inline constexpr const char* kDatabaseSizes =
    "SELECT datname, pg_catalog.pg_database_size(oid) FROM pg_catalog.pg_database";

inline constexpr std::array<std::string_view, 4> kWalCounters{"records", "full_page_images",
                                                              "bytes", "buffers_full"};
constexpr const char* wal(int server_version) {
    return server_version >= 140000
               ? "SELECT files.count, files.bytes, w.wal_records, w.wal_fpi, w.wal_bytes, "
                 "w.wal_buffers_full FROM pg_catalog.pg_stat_wal w, (SELECT count(*), "
                 "coalesce(sum(size), 0) AS bytes FROM pg_catalog.pg_ls_waldir() "
                 "WHERE name ~ '^[0-9A-F]{24}$') files"
               : "SELECT count(*), coalesce(sum(size), 0), NULL, NULL, NULL, NULL "
                 "FROM pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'";
}

inline constexpr const char* kSlots =
    "SELECT slot_name, slot_type, active, coalesce(wal_status = 'lost', false), "
    "pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() "
    "THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, "
    "restart_lsn) FROM pg_catalog.pg_replication_slots ORDER BY slot_name";
inline constexpr const char* kReceivers =
    "SELECT application_name, coalesce(pg_catalog.host(client_addr), ''), state, sync_state, "
    "pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() "
    "THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, "
    "replay_lsn), extract(epoch FROM replay_lag) FROM pg_catalog.pg_stat_replication";

inline constexpr std::array<std::string_view, 10> kCheckpointCounters{
    "checkpoints_timed",  "checkpoints_req",      "checkpoint_write_time", "checkpoint_sync_time",
    "buffers_checkpoint", "buffers_clean",        "maxwritten_clean",      "buffers_alloc",
    "buffers_backend",    "buffers_backend_fsync"};
// The columns moved in PostgreSQL 17; those of backends are in pg_stat_io alone since.
constexpr const char* checkpoints(int server_version) {
    return server_version >= 170000
               ? "SELECT c.num_timed, c.num_requested, c.write_time, c.sync_time, "
                 "c.buffers_written, b.buffers_clean, b.maxwritten_clean, b.buffers_alloc, NULL, "
                 "NULL FROM pg_catalog.pg_stat_checkpointer c, pg_catalog.pg_stat_bgwriter b"
               : "SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time, "
                 "checkpoint_sync_time, buffers_checkpoint, buffers_clean, maxwritten_clean, "
                 "buffers_alloc, buffers_backend, buffers_backend_fsync "
                 "FROM pg_catalog.pg_stat_bgwriter";
}

// A standby archives with archive_mode = always only, and keeps the counts of when it was a
// primary.
inline constexpr const char* kArchiver =
    "SELECT is_on, is_on AND coalesce(last_failed_time > coalesce(last_archived_time, "
    "'-infinity'), false), archived_count, failed_count, "
    "extract(epoch FROM pg_catalog.clock_timestamp() - last_archived_time) "
    "FROM pg_catalog.pg_stat_archiver CROSS JOIN LATERAL (SELECT CASE "
    "pg_catalog.current_setting('archive_mode') WHEN 'off' THEN false WHEN 'always' THEN true "
    "ELSE NOT pg_catalog.pg_is_in_recovery() END) mode(is_on)";

inline constexpr std::array<std::string_view, 5> kIoCounters{"reads", "writes", "extends",
                                                             "evictions", "fsyncs"};
// nullptr: there is no pg_stat_io yet.
constexpr const char* io(int server_version) {
    return server_version >= 160000
               ? "SELECT backend_type, sum(reads), sum(writes), sum(extends), sum(evictions), "
                 "sum(fsyncs) FROM pg_catalog.pg_stat_io GROUP BY 1"
               : nullptr;
}

// Sessions of the server's clients that take their time, and whoever they wait for. Of ours none.
inline constexpr const char* kQueries =
    "WITH session AS MATERIALIZED (SELECT pid, datname, usename, application_name, backend_type, "
    "state, wait_event_type, wait_event, query, "
    "extract(epoch FROM pg_catalog.clock_timestamp() - "
    "CASE WHEN state = 'active' THEN query_start ELSE state_change END) AS seconds, "
    "CASE WHEN wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(pid) "
    "ELSE '{}'::pg_catalog.int4[] END AS blockers FROM pg_catalog.pg_stat_activity) "
    "SELECT pid, coalesce(datname, ''), coalesce(usename, ''), application_name, "
    "coalesce(state, ''), "
    "CASE WHEN state = 'active' THEN coalesce(wait_event_type || ': ' || wait_event, '') "
    "ELSE '' END, greatest(0, coalesce(seconds, 0)), "
    "pg_catalog.array_to_string(blockers, ' '), "
    "pg_catalog.substr(query, 1, 1000) FROM session "
    "WHERE pid <> pg_catalog.pg_backend_pid() AND ("
    "pid IN (SELECT pg_catalog.unnest(blockers) FROM session) "
    "OR backend_type = 'client backend' AND state <> 'idle' AND (seconds > 1 "
    "OR wait_event_type = 'Lock') AND application_name NOT LIKE 'citus-init%') "
    "ORDER BY 7 DESC, 1 LIMIT 50";

// Citus names its own citus_GROUP_PID_TRANSACTION_CONNECTION.
inline constexpr const char* kPrepared =
    "SELECT CASE WHEN gid ~ '^citus_[0-9]+_[0-9]+_[0-9]+_[0-9]+$' THEN 'citus' ELSE 'other' END, "
    "count(*), greatest(0, max(extract(epoch FROM pg_catalog.clock_timestamp() - prepared))) "
    "FROM pg_catalog.pg_prepared_xacts GROUP BY 1";

}  // namespace citus_init::monitor::statement
