#pragma once

namespace citus_init::citus::statement {

// Of the session: one run at a time.
inline constexpr const char* kTryInitFileLock =
    "SELECT pg_catalog.pg_try_advisory_lock(7163388410172)";

inline constexpr const char* kHasInitFiles =
    "SELECT pg_catalog.to_regclass('citus_init.init_file') IS NOT NULL";

// Citus would carry both to every worker.
inline constexpr const char* kMakeInitFiles =
    "DO $make$ BEGIN "
    "PERFORM pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true); "
    "CREATE SCHEMA IF NOT EXISTS citus_init; "
    "CREATE TABLE IF NOT EXISTS citus_init.init_file (name text PRIMARY KEY, sha256 text, "
    "started timestamptz, finished timestamptz, failure text); "
    "REVOKE ALL ON citus_init.init_file FROM PUBLIC; "
    "END $make$";

inline constexpr const char* kInitFiles =
    "SELECT name, coalesce(pg_catalog.date_trunc('second', started)::text, ''), "
    "finished IS NOT NULL, failure FROM citus_init.init_file ORDER BY started, name";

inline constexpr const char* kPlanInitFile =
    "INSERT INTO citus_init.init_file (name, sha256) VALUES ($1, nullif($2, ''))";
inline constexpr const char* kInitFileBegun =
    "UPDATE citus_init.init_file SET started = pg_catalog.clock_timestamp() "
    "WHERE name = $1 AND started IS NULL";
inline constexpr const char* kInitFileFinished =
    "UPDATE citus_init.init_file SET finished = pg_catalog.clock_timestamp() "
    "WHERE name = $1 AND finished IS NULL";
inline constexpr const char* kInitFileFailed =
    "UPDATE citus_init.init_file SET failure = $2 WHERE name = $1";
inline constexpr const char* kInitFilesDone =
    "INSERT INTO citus_init.init_file (name, started, finished) "
    "VALUES ($1, pg_catalog.now(), pg_catalog.now()) ON CONFLICT (name) DO NOTHING";

// 16384 (FirstNormalObjectId) and above is what initdb did not make; what an extension made depends
// on it by 'e'. The schemas of temporary tables (pg_temp_3) come and go.
inline constexpr const char* kHasUserObjects =
    "SELECT EXISTS (SELECT FROM (SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass AS catalog, "
    "oid, oid AS namespace FROM pg_catalog.pg_namespace "
    "UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid, relnamespace "
    "FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "
    "UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace "
    "FROM pg_catalog.pg_proc) object "
    "JOIN pg_catalog.pg_namespace schema ON schema.oid = object.namespace "
    "WHERE object.oid >= 16384 AND schema.nspname !~ '^pg_' "
    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend "
    "WHERE classid = object.catalog AND objid = object.oid AND deptype IN ('e', 'i')))";

}  // namespace citus_init::citus::statement
