#pragma once

// Every statement that is sent, in one place, so that a fake server can know them.
namespace citus_init::citus::statement {

// current_setting('citus.version') is there once the library is loaded.
// pg_control_system() is for superusers and pg_monitor: NULL rather than an error for others, so
// that a candidate whose role is wrong can be refused for it.
inline constexpr const char* kServerFacts =
    "SELECT pg_catalog.pg_is_in_recovery(), "
    "coalesce((SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user), false), "
    "pg_catalog.current_setting('server_version_num'), "
    "pg_catalog.current_setting('server_encoding'), "
    "pg_catalog.current_setting('shared_preload_libraries', true), "
    "pg_catalog.current_setting('citus.version', true), "
    "(SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus'), "
    "available.citus, "
    "(SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus_columnar'), "
    "available.columnar, "
    "CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') "
    "THEN (SELECT system_identifier FROM pg_catalog.pg_control_system()) END, "
    "extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text, "
    "wal.timeline, wal.lsn - '0/0'::pg_catalog.pg_lsn, "
    "CASE WHEN wal.timeline > 1 AND pg_catalog.has_function_privilege("
    "'pg_catalog.pg_read_file(text, bigint, bigint, boolean)', 'EXECUTE') "
    "THEN pg_catalog.pg_read_file('pg_wal/' || pg_catalog.lpad(pg_catalog.upper("
    "pg_catalog.to_hex(wal.timeline)), 8, '0') || '.history', 0, 65536, true) END, "
    "pg_catalog.current_setting('citus_init.directory', true) "
    "FROM (SELECT max(default_version) FILTER (WHERE name = 'citus') AS citus, "
    "max(default_version) FILTER (WHERE name = 'citus_columnar') AS columnar "
    "FROM pg_catalog.pg_available_extensions()) available, LATERAL (SELECT CASE "
    "WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
    "ELSE pg_catalog.pg_current_wal_flush_lsn() END AS lsn, CASE "
    "WHEN pg_catalog.pg_is_in_recovery() THEN CASE WHEN pg_catalog.has_function_privilege("
    "'pg_catalog.pg_control_checkpoint()', 'EXECUTE') "
    "THEN (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()) END "
    "ELSE ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name("
    "pg_catalog.pg_current_wal_flush_lsn()), 1, 8))::pg_catalog.bit(32)::pg_catalog.int4 END "
    "AS timeline) wal";

// Databases whose collations are sorted by another version of the library than when they were made.
inline constexpr const char* kCollationVersions =
    "SELECT pg_catalog.string_agg(pg_catalog.quote_ident(datname), ', ' ORDER BY datname), "
    "pg_catalog.min(datcollversion), "
    "pg_catalog.min(pg_catalog.pg_database_collation_actual_version(oid)), "
    "pg_catalog.string_agg(pg_catalog.format('REINDEX DATABASE %1$I; ALTER DATABASE %1$I REFRESH "
    "COLLATION VERSION; (connected to %1$I)', datname), ' ' ORDER BY datname) "
    "FROM pg_catalog.pg_database WHERE datallowconn AND datcollversion OPERATOR(pg_catalog.<>) "
    "pg_catalog.pg_database_collation_actual_version(oid)";

inline constexpr const char* kServerId =
    "SELECT metadata OPERATOR(pg_catalog.->>) 'server_id' FROM pg_catalog.pg_dist_node_metadata";
// Extension members are nobody's data; whatever else is in a schema that is not the system's is.
// Columns of pg_dist_node are always named: their number differs between versions.
inline constexpr const char* kMembershipFacts =
    "SELECT (SELECT groupid FROM pg_catalog.pg_dist_local_group), "
    "(SELECT count(*) FROM pg_catalog.pg_dist_node), "
    "(SELECT nodename || ':' || nodeport FROM pg_catalog.pg_dist_node WHERE groupid = 0 "
    "AND noderole = 'primary'), "
    "(SELECT metadata->>'server_id' FROM pg_catalog.pg_dist_node_metadata), "
    "(SELECT metadata->>'last_upgrade_version' FROM pg_catalog.pg_dist_node_metadata), "
    "(SELECT count(*) FROM pg_catalog.pg_dist_partition), "
    "(SELECT count(*) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S') AND n.nspname !~ '^pg_' "
    "AND n.nspname NOT IN ('information_schema', 'citus', 'citus_init', 'citus_internal', "
    "'columnar', 'columnar_internal') "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d "
    "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid "
    "AND d.deptype = 'e')), "
    "(SELECT max(shardid) FROM pg_catalog.pg_dist_shard), "
    "(SELECT max(nodeid) FROM pg_catalog.pg_dist_node), "
    "pg_catalog.to_regclass('public.pg_dist_partition') IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_local_group)";
// Of a coordinator. The sequences never go back, so whoever knows more than they have given out has
// it from a later state of this coordinator, however many tables are made and dropped meanwhile.
inline constexpr const char* kIssuedIds =
    "SELECT greatest((SELECT max(shardid) FROM pg_catalog.pg_dist_shard), "
    "pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass('pg_catalog.pg_dist_shardid_seq'))), "
    "greatest((SELECT max(nodeid)::pg_catalog.int8 FROM pg_catalog.pg_dist_node), "
    "pg_catalog.pg_sequence_last_value("
    "pg_catalog.to_regclass('pg_catalog.pg_dist_node_nodeid_seq')))";

// Of the tables that hold rows. Shard ids begin at 102008; a distributed table itself is an empty
// shell on a worker.
inline constexpr const char* kStoredTables =
    "SELECT count(*) FILTER (WHERE is_shard), "
    "coalesce(pg_catalog.string_agg(DISTINCT stem, E'\\n') FILTER (WHERE is_shard), ''), "
    "count(*) FILTER (WHERE NOT is_shard) FROM ("
    "SELECT c.relname ~ '_[0-9]{6,}$' AS is_shard, "
    "CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || "
    "pg_catalog.regexp_replace(c.relname, '_[0-9]+$', '') AS stem "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' "
    "AND n.nspname NOT IN ('information_schema', 'citus', 'citus_init', 'citus_internal', "
    "'columnar', 'columnar_internal') "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_partition p WHERE p.logicalrelid = c.oid) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d "
    "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid "
    "AND d.deptype = 'e')) stored";

// Shards would be hidden from the count above (citus.override_table_visibility).
inline constexpr const char* kShowShards =
    "SELECT pg_catalog.set_config('citus.override_table_visibility', 'off', false)";

inline constexpr const char* kReachesNode =
    "SELECT pg_catalog.citus_check_connection_to_node($1, $2::integer)";
// Whether the server is in recovery, its group, and its own row, NULL if it is not registered.
inline constexpr const char* kOwnRegistration =
    "SELECT pg_catalog.pg_is_in_recovery(), own.groupid, node.nodename, node.nodeport "
    "FROM pg_catalog.pg_dist_local_group own LEFT JOIN pg_catalog.pg_dist_node node "
    "ON node.groupid = own.groupid AND node.noderole = 'primary'";

inline constexpr const char* kDatabaseExists =
    "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1";
inline constexpr const char* kCreateDatabase = "CREATE DATABASE ";  // + quoted name
// A DROP DATABASE that was cut off leaves one that nobody can connect to (datconnlimit -2).
inline constexpr const char* kConnectableDatabases =
    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit <> -2 "
    "ORDER BY datname";

inline constexpr const char* kBegin = "BEGIN";
inline constexpr const char* kCommit = "COMMIT";
inline constexpr const char* kRollback = "ROLLBACK";
inline constexpr const char* kCreateCitus = "CREATE EXTENSION IF NOT EXISTS citus";
inline constexpr const char* kCreateColumnar = "CREATE EXTENSION IF NOT EXISTS citus_columnar";
inline constexpr const char* kKeepDdlHere =
    "SELECT pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true)";
inline constexpr const char* kKeepSessionsDdlHere =
    "SELECT pg_catalog.set_config('citus.enable_ddl_propagation', 'off', false)";
// Citus' own have an order of their own.
inline constexpr const char* kOutdatedExtensions =
    "SELECT e.extname, e.extversion, a.default_version FROM pg_catalog.pg_extension e "
    "JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname "
    "WHERE a.default_version <> e.extversion AND e.extname NOT IN ('citus', 'citus_columnar') "
    "ORDER BY e.extname";
inline constexpr const char* kUpdateExtension = "ALTER EXTENSION {} UPDATE";  // quoted name
inline constexpr const char* kUpdateCitus = "ALTER EXTENSION citus UPDATE";
inline constexpr const char* kUpdateColumnar = "ALTER EXTENSION citus_columnar UPDATE";
inline constexpr const char* kFinishUpgrade = "CALL pg_catalog.citus_finish_citus_upgrade()";

inline constexpr const char* kNodes =
    "SELECT nodeid, groupid, nodename, nodeport, hasmetadata, isactive, metadatasynced, "
    "shouldhaveshards FROM pg_catalog.pg_dist_node WHERE noderole = 'primary' ORDER BY nodeid";
inline constexpr const char* kNodeConninfo =
    "SELECT pg_catalog.current_setting('citus.node_conninfo', true)";
inline constexpr const char* kSetCoordinatorHost =
    "SELECT pg_catalog.citus_set_coordinator_host($1, $2::pg_catalog.int4)";
inline constexpr const char* kLetCoordinatorHaveShards =
    "SELECT pg_catalog.citus_set_node_property($1, $2::pg_catalog.int4, 'shouldhaveshards', true)";
inline constexpr const char* kAddNode = "SELECT pg_catalog.citus_add_node($1, $2::pg_catalog.int4)";
inline constexpr const char* kGroupOfNode =
    "SELECT groupid FROM pg_catalog.pg_dist_node WHERE nodeid = $1::pg_catalog.int4";

// A node that moved. The call checks nothing of its target, not even that it answers.
inline constexpr const char* kUpdateNode =
    "SELECT pg_catalog.citus_update_node($1::pg_catalog.int4, $2, $3::pg_catalog.int4)";
// A full sync of the metadata; hides for ever that shards are missing.
inline constexpr const char* kActivateNode =
    "SELECT pg_catalog.citus_activate_node($1, $2::pg_catalog.int4)";

// Of the database, released with the session: no two supervisors change one cluster at a time.
inline constexpr const char* kTryLock = "SELECT pg_catalog.pg_try_advisory_lock(7163388410171)";
// Of the server's configuration files; that of a database or a role is not theirs to decide.
inline constexpr const char* kIsSetReadOnly =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_file_settings WHERE name = "
    "'default_transaction_read_only' AND applied AND setting::pg_catalog.bool)";
inline constexpr const char* kUnlock = "SELECT pg_catalog.pg_advisory_unlock(7163388410171)";

// node_lock.h. Of the node's Citus database, released with the session. A holder that is gone must
// not keep it: TCP keepalive finds a dead host, the idle limit a client that hangs (from PostgreSQL
// 14 on).
inline constexpr const char* kPrepareNodeLock =
    "SELECT pg_catalog.set_config('lock_timeout', $1, false), "
    "CASE WHEN pg_catalog.current_setting('idle_session_timeout', true) IS NOT NULL "
    "THEN pg_catalog.set_config('idle_session_timeout', '300s', false) END, "
    "pg_catalog.set_config('tcp_keepalives_idle', '5', false), "
    "pg_catalog.set_config('tcp_keepalives_interval', '2', false), "
    "pg_catalog.set_config('tcp_keepalives_count', '3', false)";
inline constexpr const char* kLockNode = "SELECT pg_catalog.pg_advisory_lock(7163388410172)";
inline constexpr const char* kLockNodeShared =
    "SELECT pg_catalog.pg_advisory_lock_shared(7163388410172)";
// The key as pg_locks has it: its upper and its lower half.
inline constexpr const char* kNodeLockHolder =
    "SELECT coalesce(pg_catalog.host(activity.client_addr), 'a local socket') "
    "FROM pg_catalog.pg_locks held JOIN pg_catalog.pg_stat_activity activity USING (pid) "
    "WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 "
    "AND held.classid::pg_catalog.int8 = 7163388410172 >> 32 "
    "AND held.objid::pg_catalog.int8 = 7163388410172 & 4294967295 "
    "AND held.database = (SELECT oid FROM pg_catalog.pg_database "
    "WHERE datname = pg_catalog.current_database()) LIMIT 1";
inline constexpr const char* kMarksConnections =
    "SELECT pg_catalog.to_regprocedure('pg_catalog.citus_backend_gpid()') IS NOT NULL";
inline constexpr const char* kConnectionMark =
    "SELECT 'citus_internal gpid=' || pg_catalog.citus_backend_gpid()";
inline constexpr const char* kHasConnection =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE application_name = $1)";

inline constexpr const char* kCanAskCoordinator =
    "SELECT pg_catalog.to_regprocedure('pg_catalog.run_command_on_coordinator(text, boolean)') "
    "IS NOT NULL";
inline constexpr const char* kCoordinatorsServerId =
    "SELECT success, result FROM pg_catalog.run_command_on_coordinator("
    "$$SELECT metadata OPERATOR(pg_catalog.->>) 'server_id' "
    "FROM pg_catalog.pg_dist_node_metadata$$, false)";

// The coordinator's own memory of who its nodes are. Citus would carry both to every worker.
inline constexpr const char* kHasRecords =
    "SELECT pg_catalog.to_regclass('citus_init.node') IS NOT NULL";
inline constexpr const char* kMakeRecords =
    "DO $make$ BEGIN "
    "PERFORM pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true); "
    "CREATE SCHEMA IF NOT EXISTS citus_init; "
    "CREATE TABLE IF NOT EXISTS citus_init.node (nodeid int PRIMARY KEY, groupid int NOT NULL, "
    "nodename text NOT NULL, nodeport int NOT NULL, system_identifier numeric NOT NULL, "
    "server_id uuid NOT NULL, recorded_at timestamptz NOT NULL DEFAULT pg_catalog.now(), "
    "removed_start text); "
    "ALTER TABLE citus_init.node ADD COLUMN IF NOT EXISTS wal_timeline int, "
    "ADD COLUMN IF NOT EXISTS wal_lsn pg_lsn, ADD COLUMN IF NOT EXISTS copy_seen text, "
    "ADD COLUMN IF NOT EXISTS behind_lsn pg_lsn; "
    "REVOKE ALL ON citus_init.node FROM PUBLIC; "
    "END $make$";
// Whether its columns are those of this version.
inline constexpr const char* kHasCurrentRecords =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = "
    "pg_catalog.to_regclass('citus_init.node') AND attname = 'behind_lsn' AND NOT attisdropped)";
// The last columns are newer than the table, which only who may write brings up to date.
inline constexpr const char* kRecords =
    "SELECT nodeid, groupid, nodename, nodeport, system_identifier, server_id, removed_start, "
    "pg_catalog.to_jsonb(node) ->> 'wal_timeline', "
    "(pg_catalog.to_jsonb(node) ->> 'wal_lsn')::pg_catalog.pg_lsn - '0/0'::pg_catalog.pg_lsn, "
    "pg_catalog.to_jsonb(node) ->> 'copy_seen', "
    "(pg_catalog.to_jsonb(node) ->> 'behind_lsn')::pg_catalog.pg_lsn - '0/0'::pg_catalog.pg_lsn "
    "FROM citus_init.node node ORDER BY nodeid";
// No write where it is not further.
inline constexpr const char* kNotePosition =
    "UPDATE citus_init.node SET wal_timeline = $2::pg_catalog.int4, "
    "wal_lsn = '0/0'::pg_catalog.pg_lsn + $3::pg_catalog.numeric, behind_lsn = NULL "
    "WHERE nodeid = $1::pg_catalog.int4 AND (wal_lsn IS NULL OR wal_timeline IS NULL "
    "OR (wal_timeline, wal_lsn) < ($2::pg_catalog.int4, "
    "'0/0'::pg_catalog.pg_lsn + $3::pg_catalog.numeric))";
// Not once an operator has taken wal_lsn back.
inline constexpr const char* kNoteBehind =
    "UPDATE citus_init.node SET behind_lsn = '0/0'::pg_catalog.pg_lsn + $2::pg_catalog.numeric "
    "WHERE nodeid = $1::pg_catalog.int4 AND wal_lsn IS NOT NULL AND behind_lsn IS NULL";
inline constexpr const char* kNoteCopy =
    "UPDATE citus_init.node SET copy_seen = $2 WHERE nodeid = $1::pg_catalog.int4 "
    "AND copy_seen IS DISTINCT FROM $2";
inline constexpr const char* kForgetRecord =
    "DELETE FROM citus_init.node WHERE nodeid <> $1::pg_catalog.int4 "
    "AND system_identifier = $2::pg_catalog.numeric AND server_id = $3::pg_catalog.uuid";
inline constexpr const char* kForgetNode =
    "DELETE FROM citus_init.node WHERE nodeid = $1::pg_catalog.int4";
inline constexpr const char* kWriteRecord =
    "INSERT INTO citus_init.node (nodeid, groupid, nodename, nodeport, system_identifier, "
    "server_id, removed_start) VALUES ($1::pg_catalog.int4, $2::pg_catalog.int4, $3, "
    "$4::pg_catalog.int4, $5::pg_catalog.numeric, $6::pg_catalog.uuid, nullif($7, '')) ON CONFLICT "
    "(nodeid) DO UPDATE SET "
    "groupid = excluded.groupid, nodename = excluded.nodename, nodeport = excluded.nodeport, "
    "system_identifier = excluded.system_identifier, server_id = excluded.server_id, "
    "recorded_at = pg_catalog.now(), removed_start = excluded.removed_start, "
    // Of another server, or of one that somebody has put elsewhere, nothing is known yet.
    "wal_timeline = NULL, wal_lsn = NULL, copy_seen = NULL, behind_lsn = NULL";

inline constexpr const char* kStakes =
    "SELECT p.groupid, count(*), count(DISTINCT s.logicalrelid) "
    "FROM pg_catalog.pg_dist_placement p JOIN pg_catalog.pg_dist_shard s USING (shardid) "
    "GROUP BY p.groupid";
// shard_name() cuts and hashes what would be too long, and leaves the schema public out: it is put
// back, since no session of ours has it in its path (ADR 32).
inline constexpr const char* kShardNames =
    "SELECT count(*), coalesce(pg_catalog.array_agg("
    "CASE WHEN c.relnamespace = pg_catalog.to_regnamespace('public') THEN 'public.' ELSE '' END || "
    "pg_catalog.shard_name(s.logicalrelid, s.shardid)), '{}'::pg_catalog.text[])::pg_catalog.text "
    "FROM pg_catalog.pg_dist_placement p JOIN pg_catalog.pg_dist_shard s USING (shardid) "
    "LEFT JOIN pg_catalog.pg_class c ON c.oid = s.logicalrelid "
    "WHERE p.groupid = $1::pg_catalog.int4 AND p.shardstate = 1";
inline constexpr const char* kMissingShards =
    "SELECT count(*) FROM pg_catalog.unnest($1::pg_catalog.text[]) name "
    "WHERE pg_catalog.to_regclass(name) IS NULL";

// Before every call that changes the membership. A candidate that hangs would hold the lock on
// pg_dist_node for 60 s; roles of the worker keep their passwords.
inline constexpr const char* kMembershipPrologue =
    "SELECT pg_catalog.set_config('lock_timeout', '5s', false), "
    "pg_catalog.set_config('statement_timeout', '120s', false), "
    "pg_catalog.set_config('citus.node_connection_timeout', '3s', false), "
    "pg_catalog.set_config('citus.enable_alter_role_propagation', 'off', false)";

// A postmaster's parameter in a file that the command line overrides counts as "could not be
// applied" too, but is none of the user's faults.
inline constexpr const char* kConfigurationErrors =
    "SELECT f.sourcefile, f.sourceline, f.name, f.error FROM pg_catalog.pg_file_settings f "
    "LEFT JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) = pg_catalog.lower(f.name) "
    "WHERE f.error IS NOT NULL AND (s.source IS NULL OR s.source <> 'command line') "
    "ORDER BY f.seqno";
inline constexpr const char* kHbaErrors =
    "SELECT line_number, error FROM pg_catalog.pg_hba_file_rules WHERE error IS NOT NULL "
    "ORDER BY line_number";
inline constexpr const char* kFilePaths =
    "SELECT pg_catalog.current_setting('config_file'), pg_catalog.current_setting('hba_file')";

}  // namespace citus_init::citus::statement
