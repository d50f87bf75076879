#pragma once

namespace citus_init::citus::statement {

inline constexpr const char* kRestoredPoint =
    "SELECT pg_catalog.current_setting('citus_init.restored', true), "
    "pg_catalog.current_setting('citus_init.restored_point', true), "
    "pg_catalog.current_setting('citus_init.restore_phase', true)";
inline constexpr const char* kRestoredNode =
    "SELECT pg_catalog.current_setting('citus_init.restored', true), "
    "pg_catalog.current_setting('citus_init.restored_point', true), "
    "pg_catalog.current_setting('citus_init.restore_phase', true), "
    "(SELECT system_identifier FROM pg_catalog.pg_control_system()), "
    "(SELECT groupid FROM pg_catalog.pg_dist_local_group), pg_catalog.pg_is_in_recovery()";

inline constexpr const char* kHasCitusExtension =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')";

inline constexpr const char* kNodeRows =
    "SELECT nodeid, groupid, nodename, nodeport, noderole = 'primary' "
    "FROM pg_catalog.pg_dist_node ORDER BY nodeid";

inline constexpr const char* kHasRestored =
    "SELECT pg_catalog.to_regclass('citus_init.restored') IS NOT NULL";
inline constexpr const char* kRestoredState =
    "SELECT state FROM citus_init.restored WHERE target = $1";
// The first setting is Citus': its own sessions may propagate what is made here.
inline constexpr const char* kMakeRestored =
    "DO $make$ BEGIN "
    "PERFORM pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true); "
    "PERFORM pg_catalog.set_config('client_min_messages', 'warning', true); "
    "CREATE SCHEMA IF NOT EXISTS citus_init; "
    "CREATE TABLE IF NOT EXISTS citus_init.restored (target text PRIMARY KEY, "
    "state text NOT NULL, noted_at timestamptz NOT NULL); "
    "REVOKE ALL ON citus_init.restored FROM PUBLIC; END $make$";
inline constexpr const char* kNoteRestored =
    "INSERT INTO citus_init.restored VALUES ($1, $2, pg_catalog.now()) ON CONFLICT (target) "
    "DO UPDATE SET state = excluded.state, noted_at = excluded.noted_at";

// Without Citus' library its triggers cannot run.
inline constexpr const char* kWithoutTriggers =
    "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)";
inline constexpr const char* kDropSecondaries =
    "DELETE FROM pg_catalog.pg_dist_node WHERE noderole <> 'primary'";
// Two nodes may change places, and their addresses are unique.
inline constexpr const char* kFreeAddresses =
    "UPDATE pg_catalog.pg_dist_node SET nodename = 'citus-init-' || nodeid";
inline constexpr const char* kMoveNode =
    "UPDATE pg_catalog.pg_dist_node SET nodename = $2, nodeport = $3::pg_catalog.int4 "
    "WHERE nodeid = $1::pg_catalog.int4";
inline constexpr const char* kMoveRecord =
    "UPDATE citus_init.node SET nodename = $2, nodeport = $3::pg_catalog.int4, "
    "wal_timeline = NULL, wal_lsn = NULL, behind_lsn = NULL, copy_seen = NULL "
    "WHERE nodeid = $1::pg_catalog.int4";

inline constexpr const char* kHasJoinRequests =
    "SELECT pg_catalog.to_regclass('citus_init.join_request') IS NOT NULL";
inline constexpr const char* kForgetJoinRequests = "DELETE FROM citus_init.join_request";

inline constexpr const char* kRecoverPrepared = "SELECT pg_catalog.recover_prepared_transactions()";
inline constexpr const char* kCountPrepared =
    "SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts "
    "WHERE gid LIKE 'citus\\_%'";

}  // namespace citus_init::citus::statement
