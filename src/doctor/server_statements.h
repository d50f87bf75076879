#pragma once

// What each node is asked about itself, for PostgreSQL 13 to 18 and Citus 11.3 to 14. No statement
// changes anything, asks another node, or waits for a lock longer than lock_timeout.
namespace citus_init::doctor::statement {

// Shards are hidden from catalog queries by citus.override_table_visibility.
inline constexpr const char* kPrologue =
    "SELECT pg_catalog.set_config('statement_timeout', '4s', false), "
    "pg_catalog.set_config('lock_timeout', '1s', false), "
    "pg_catalog.set_config('citus.override_table_visibility', 'off', false)";

inline constexpr const char* kClock = "SELECT extract(epoch FROM pg_catalog.clock_timestamp())";

// Columns of pg_database come and go: daticulocale (15, 16), datlocale (17).
inline constexpr const char* kDatabase =
    "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, "
    "pg_catalog.to_jsonb(d) ->> 'datlocprovider', "
    "coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') "
    "FROM pg_catalog.pg_database d WHERE datname = pg_catalog.current_database()";

// A collation of the C library has that library's version; "C" and "POSIX" have none.
inline constexpr const char* kLibraries =
    "SELECT collprovider, max(pg_catalog.pg_collation_actual_version(oid)) "
    "FROM pg_catalog.pg_collation WHERE collprovider IN ('c', 'i') GROUP BY 1";

// $1: names. Placeholders of an extension that is not loaded are in no view.
inline constexpr const char* kSettings =
    "SELECT asked.name, CASE WHEN s.unit IN ('kB', '8kB', 'MB') THEN "
    "pg_catalog.pg_size_bytes(pg_catalog.current_setting(s.name))::pg_catalog.text "
    "WHEN s.unit IS NOT NULL THEN s.setting "
    "ELSE pg_catalog.current_setting(asked.name, true) END "
    "FROM pg_catalog.unnest($1::pg_catalog.text[]) asked(name) "
    "LEFT JOIN pg_catalog.pg_settings s ON s.name = asked.name "
    "WHERE pg_catalog.current_setting(asked.name, true) IS NOT NULL";

// A value of the command line wins at the next start too, though a reload marks the other one of a
// file as pending.
inline constexpr const char* kPendingRestart =
    "SELECT name, source <> 'command line' FROM pg_catalog.pg_settings WHERE pending_restart "
    "ORDER BY 1";

// Connection strings and commands may hold secrets.
inline constexpr const char* kOverridden =
    "SELECT auto.name, CASE WHEN shown.is THEN auto.setting END, "
    "CASE WHEN shown.is THEN other.setting END, other.sourcefile "
    "FROM pg_catalog.pg_file_settings auto CROSS JOIN LATERAL (SELECT o.setting, o.sourcefile "
    "FROM pg_catalog.pg_file_settings o WHERE o.name = auto.name "
    "AND o.sourcefile <> auto.sourcefile ORDER BY o.seqno DESC LIMIT 1) other, "
    "LATERAL (SELECT auto.name !~ '(conninfo|command|passphrase|password|secret|token)' AS is) "
    "shown WHERE auto.sourcefile ~ '/postgresql[.]auto[.]conf$' "
    "AND other.setting IS DISTINCT FROM auto.setting ORDER BY 1";

inline constexpr const char* kSessions =
    "SELECT count(*) FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r "
    "ON r.oid = a.usesysid WHERE a.backend_type = 'client backend' AND NOT r.rolsuper "
    "AND a.application_name !~ '^citus'";

// --- The database ---

// An index that is being built now is not valid yet.
inline constexpr const char* kInvalidIndexes =
    "SELECT i.indexrelid::pg_catalog.regclass::pg_catalog.text FROM pg_catalog.pg_index i "
    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid "
    "AND c.relkind = 'i' AND NOT EXISTS (SELECT 1 FROM "
    "pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) "
    "ORDER BY 1 LIMIT 200";

// The column that owns a sequence may be narrower than it. On a worker Citus lets those of integer
// and smallint fail on purpose: $1 is false there.
inline constexpr const char* kSequences =
    "SELECT * FROM (SELECT s.seqrelid::pg_catalog.regclass::pg_catalog.text, "
    "((pg_catalog.pg_sequence_last_value(s.seqrelid) - s.seqmin::pg_catalog.numeric) / "
    "nullif(range.last - s.seqmin, 0))::pg_catalog.float8 AS used, range.last, column_name "
    "FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid "
    "AND NOT pg_catalog.pg_is_other_temp_schema(c.relnamespace) "
    "LEFT JOIN LATERAL (SELECT a.atttypid, "
    "d.refobjid::pg_catalog.regclass || '.' || pg_catalog.quote_ident(a.attname) AS column_name "
    "FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a "
    "ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid "
    "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid "
    "AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "AND d.deptype IN ('a', 'i') LIMIT 1) own ON true CROSS JOIN LATERAL "
    "(SELECT least(s.seqmax, CASE own.atttypid WHEN 'int2'::pg_catalog.regtype THEN 32767 "
    "WHEN 'int4'::pg_catalog.regtype THEN 2147483647 ELSE s.seqmax END)::pg_catalog.numeric "
    "AS last) range WHERE s.seqincrement > 0 AND NOT s.seqcycle "
    "AND ($1::pg_catalog.bool OR (s.seqtypid = 'int8'::pg_catalog.regtype "
    "AND coalesce(own.atttypid, 'int8'::pg_catalog.regtype) = 'int8'::pg_catalog.regtype))) q "
    "WHERE used >= 0.5 ORDER BY used DESC LIMIT 200";

inline constexpr const char* kAges =
    "SELECT datname, pg_catalog.age(datfrozenxid), pg_catalog.mxid_age(datminmxid) "
    "FROM pg_catalog.pg_database ORDER BY 1";

inline constexpr const char* kMetadataTables =
    "SELECT relname, n_live_tup, n_dead_tup, pg_catalog.pg_total_relation_size(relid) "
    "FROM pg_catalog.pg_stat_all_tables WHERE schemaname = 'pg_catalog' "
    "AND relname ~ '^pg_dist_' ORDER BY 1";

// Logical replication of an update or a delete needs to know the row.
inline constexpr const char* kWithoutIdentity =
    "SELECT c.oid::pg_catalog.regclass::pg_catalog.text FROM pg_catalog.pg_dist_partition p "
    "JOIN pg_catalog.pg_class c ON c.oid = p.logicalrelid WHERE c.relkind = 'r' "
    "AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary))) "
    "ORDER BY 1 LIMIT 200";

// --- What was left behind ---

// Citus names its own citus_GROUP_PID_TRANSACTION_CONNECTION.
inline constexpr const char* kPrepared =
    "SELECT gid, owner, database, greatest(0, "
    "extract(epoch FROM pg_catalog.clock_timestamp() - prepared))::pg_catalog.int8, "
    "gid ~ '^citus_[0-9]+_[0-9]+_[0-9]+_[0-9]+$' "
    "FROM pg_catalog.pg_prepared_xacts ORDER BY prepared LIMIT 200";

inline constexpr const char* kSlots =
    "SELECT slot_name, active, wal_status, coalesce(pg_catalog.pg_wal_lsn_diff("
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() "
    "ELSE pg_catalog.pg_current_wal_lsn() END, restart_lsn), 0)::pg_catalog.int8, "
    "slot_name ~ '^citus_shard_(move|split)_' "
    "FROM pg_catalog.pg_replication_slots ORDER BY 1 LIMIT 200";

// On the coordinator. The slot of an online move is not in use before its data is copied.
inline constexpr const char* kHasProgress =
    "SELECT pg_catalog.to_regprocedure('pg_catalog.get_rebalance_progress()') IS NOT NULL";
inline constexpr const char* kMovingShards =
    "SELECT count(*) FROM pg_catalog.get_rebalance_progress()";

inline constexpr const char* kHasCleanup =
    "SELECT pg_catalog.to_regclass('pg_catalog.pg_dist_cleanup') IS NOT NULL";
inline constexpr const char* kCleanup =
    "SELECT object_name FROM pg_catalog.pg_dist_cleanup ORDER BY record_id";

// $1: a group, $2: ids of shards. On the coordinator, like the next one.
inline constexpr const char* kPlacedShards =
    "SELECT shardid FROM pg_catalog.pg_dist_placement WHERE groupid = $1::pg_catalog.int4 "
    "AND shardid = ANY ($2::pg_catalog.int8[])";

// $1: ids of shards. A name may be quoted.
inline constexpr const char* kCleanupOfShards =
    "SELECT object_name FROM pg_catalog.pg_dist_cleanup "
    "WHERE pg_catalog.substring(object_name, '_([0-9]{6,18})\"?$')::pg_catalog.int8 "
    "= ANY ($1::pg_catalog.int8[])";

// Citus counts shards from 102008 on.
inline constexpr const char* kUnplaced =
    "SELECT c.oid::pg_catalog.regclass::pg_catalog.text, named.id FROM pg_catalog.pg_class c "
    "CROSS JOIN LATERAL (SELECT pg_catalog.substring(c.relname, '_([0-9]{6,18})$')"
    "::pg_catalog.int8 AS id) named WHERE c.relkind IN ('r', 'p', 'f') "
    "AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace AND named.id >= 102008 "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_partition p WHERE p.logicalrelid = c.oid) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_placement p "
    "WHERE p.shardid = named.id AND p.groupid = (SELECT groupid "
    "FROM pg_catalog.pg_dist_local_group)) ORDER BY 1 LIMIT 10000";

// --- Objects that belong to the whole cluster ---

inline constexpr const char* kRoles =
    "SELECT r.rolname, pg_catalog.array_to_string(pg_catalog.array_remove(ARRAY["
    "CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN NOT rolinherit THEN 'noinherit' END, "
    "CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END, "
    "CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolreplication THEN 'replication' END, "
    "CASE WHEN rolbypassrls THEN 'bypassrls' END, "
    "CASE WHEN rolconnlimit >= 0 THEN 'connection limit ' || rolconnlimit END, "
    "CASE WHEN rolvaliduntil = '-infinity' THEN 'valid until -infinity' "
    "WHEN rolvaliduntil <> 'infinity' "
    "THEN 'valid until ' || extract(epoch FROM rolvaliduntil)::pg_catalog.int8 END] || ARRAY("
    "SELECT 'member of ' || g.rolname FROM pg_catalog.pg_auth_members m "
    "JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid "
    "ORDER BY g.rolname)::pg_catalog.text[], NULL), E'\\n') "
    "FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^(pg_|citus_init)' ORDER BY 1 LIMIT 10000";

inline constexpr const char* kExtensions =
    "SELECT e.extname, e.extversion, a.default_version FROM pg_catalog.pg_extension e "
    "LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname ORDER BY 1";

// --- The machine ---

// $1: an absolute path, or one below the data directory. NULL for a missing file.
inline constexpr const char* kFile = "SELECT pg_catalog.pg_read_file($1, 0, 1048576, true)";

}  // namespace citus_init::doctor::statement
