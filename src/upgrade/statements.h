#pragma once

// What the servers of both major versions are asked, 13 to 18.
namespace citus_init::upgrade::statement {

// One row. Columns of pg_database differ between versions (daticulocale, datlocale), so they are
// taken by name from the row as JSON.
inline constexpr const char* kClusterShape =
    "SELECT (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10), "
    "pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, "
    "coalesce(r.row->>'datlocprovider', 'c'), "
    "coalesce(r.row->>'datlocale', r.row->>'daticulocale', ''), "
    "coalesce(r.row->>'daticurules', ''), "
    "pg_catalog.current_setting('data_checksums'), "
    "(SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size'), "
    "(SELECT sum(pg_catalog.pg_database_size(oid)) FROM pg_catalog.pg_database) "
    "FROM pg_catalog.pg_database d, LATERAL (SELECT pg_catalog.to_jsonb(d) AS row) r "
    "WHERE d.datname = 'template0'";
inline constexpr const char* kPreparedTransactions =
    "SELECT gid FROM pg_catalog.pg_prepared_xacts ORDER BY gid";
inline constexpr const char* kLogicalSlots =
    "SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' ORDER BY 1";
inline constexpr const char* kTablespaces =
    "SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace "
    "WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY 1";
// A DROP DATABASE that was cut off leaves one that nobody can connect to (datconnlimit -2).
inline constexpr const char* kDatabases =
    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit <> -2 "
    "ORDER BY datname";
inline constexpr const char* kInvalidDatabases =
    "SELECT datname FROM pg_catalog.pg_database WHERE datconnlimit = -2 ORDER BY datname";
inline constexpr const char* kExtensions =
    "SELECT extname, extversion FROM pg_catalog.pg_extension ORDER BY extname";

// One row. 15.20, 17.12 and later minor releases keep the version of a column in its options, and a
// server that does not know the name refuses what pg_dump writes of it.
inline constexpr const char* kHasAttributeVersions =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a "
    "JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
    "CROSS JOIN LATERAL pg_catalog.unnest(a.attoptions) o (option) "
    "WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm') "
    "AND pg_catalog.starts_with(o.option, 'pg_attver='))";

inline constexpr const char* kPrepare = "SELECT pg_catalog.citus_prepare_pg_upgrade()";
inline constexpr const char* kFinish = "SELECT pg_catalog.citus_finish_pg_upgrade()";
// Between the two calls Citus keeps its catalogs in tables of "public", and has no group of its
// own. What is in those tables is taken over by superuser's right, so they have to be his.
inline constexpr const char* kIsBetween =
    "SELECT pg_catalog.to_regclass('public.pg_dist_partition') IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_local_group) "
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_roles r ON r.oid = c.relowner WHERE n.nspname = 'public' "
    "AND pg_catalog.starts_with(c.relname::pg_catalog.text, 'pg_dist_') AND NOT r.rolsuper)";

// The tables of the first call in a cluster that was not upgraded after all.
inline constexpr const char* kWasOnlyPrepared =
    "SELECT pg_catalog.to_regclass('public.pg_dist_local_group') IS NOT NULL "
    "AND EXISTS (SELECT 1 FROM pg_catalog.pg_dist_local_group)";
// Of 15 and older; the call keeps the rows of an earlier one in it, where tables that were made
// since are missing.
inline constexpr const char* kDropPartitionKeys =
    "DROP TABLE IF EXISTS public.pg_dist_partkeys_pre_16_upgrade";
// What the first call has changed beside: the queries of Citus use both aggregates.
inline constexpr const char* kUndoPrepare = R"(DO $$
DECLARE
    name text;
BEGIN
    SET LOCAL citus.enable_ddl_propagation = off;
    FOR name IN SELECT c.relname FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND r.rolsuper
        AND pg_catalog.starts_with(c.relname::pg_catalog.text, 'pg_dist_')
    LOOP
        EXECUTE pg_catalog.format('DROP TABLE public.%I', name);
    END LOOP;
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE proname = 'array_cat_agg') THEN
        IF pg_catalog.current_setting('server_version_num')::int >= 140000 THEN
            CREATE AGGREGATE pg_catalog.array_cat_agg(anycompatiblearray) (
                SFUNC = array_cat, STYPE = anycompatiblearray);
            ALTER EXTENSION citus ADD AGGREGATE pg_catalog.array_cat_agg(anycompatiblearray);
        ELSE
            CREATE AGGREGATE pg_catalog.array_cat_agg(anyarray) (
                SFUNC = array_cat, STYPE = anyarray);
            ALTER EXTENSION citus ADD AGGREGATE pg_catalog.array_cat_agg(anyarray);
        END IF;
    END IF;
    IF pg_catalog.current_setting('server_version_num')::int < 160000
       AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE proname = 'any_value') THEN
        CREATE FUNCTION pg_catalog.any_value_agg(anyelement, anyelement) RETURNS anyelement
            IMMUTABLE LANGUAGE sql AS 'SELECT coalesce($1, $2)';
        CREATE AGGREGATE pg_catalog.any_value(anyelement) (
            SFUNC = pg_catalog.any_value_agg, COMBINEFUNC = pg_catalog.any_value_agg,
            STYPE = anyelement);
        ALTER EXTENSION citus ADD FUNCTION pg_catalog.any_value_agg(anyelement, anyelement);
        ALTER EXTENSION citus ADD AGGREGATE pg_catalog.any_value(anyelement);
    END IF;
END
$$)";

// The least that lets the planner choose.
inline constexpr const char* kCoarseStatistics = "SET default_statistics_target = 1";
inline constexpr const char* kAnalyze = "ANALYZE";

}  // namespace citus_init::upgrade::statement
