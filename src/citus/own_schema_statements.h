#pragma once

#include <array>

namespace citus_init::citus::statement {

// Each table that a statement of ours creates in the schema.
inline constexpr std::array<const char*, 10> kOwnTables{
    "node",   "node_state",   "join_request", "joined",   "init_file",
    "backup", "backup_agent", "archiving",    "restored", "restore_request"};

// The first object that is not ours: what it is, whose, and whether it is only of another kind.
// $1: kOwnTables.
inline constexpr const char* kForeignObject =
    "WITH own AS (SELECT oid, nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'citus_init'), "
    "relation AS (SELECT c.oid, c.relname, c.relowner, c.relkind, c.relrowsecurity, "
    "c.relname = ANY ($1::pg_catalog.name[]) AS known FROM pg_catalog.pg_class c JOIN own ON "
    "own.oid = c.relnamespace), "
    "object AS ("
    "SELECT 1 AS rank, 'schema citus_init' AS what, nspowner AS owner, true AS fits FROM own "
    "UNION ALL SELECT 2, CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' "
    "WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN "
    "'partitioned table' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'index' END || "
    "' citus_init.' || relname, relowner, NOT known OR (relkind = 'r' AND NOT relrowsecurity) "
    "FROM relation "
    "UNION ALL SELECT 3, 'function citus_init.' || proname, proowner, true "
    "FROM pg_catalog.pg_proc JOIN own ON own.oid = pronamespace "
    "UNION ALL SELECT 4, 'type citus_init.' || typname, typowner, true "
    "FROM pg_catalog.pg_type JOIN own ON own.oid = typnamespace "
    "UNION ALL SELECT 5, 'operator citus_init.' || oprname, oprowner, true "
    "FROM pg_catalog.pg_operator JOIN own ON own.oid = oprnamespace "
    "UNION ALL SELECT 6, 'trigger ' || tgname || ' on citus_init.' || relname, relowner, false "
    "FROM pg_catalog.pg_trigger JOIN relation ON relation.oid = tgrelid "
    "WHERE known AND NOT tgisinternal "
    "UNION ALL SELECT 7, 'rule ' || rulename || ' on citus_init.' || relname, relowner, false "
    "FROM pg_catalog.pg_rewrite JOIN relation ON relation.oid = ev_class "
    "WHERE known AND relkind = 'r') "
    "SELECT what, rolname, rolsuper FROM object "
    "JOIN pg_catalog.pg_roles ON pg_roles.oid = object.owner "
    "WHERE NOT (rolsuper AND fits) ORDER BY rank, what LIMIT 1";

inline constexpr const char* kMayMakeOwnSchema =
    "SELECT pg_catalog.to_regnamespace('citus_init') IS NULL AND "
    "NOT pg_catalog.pg_is_in_recovery()";

}  // namespace citus_init::citus::statement
