#pragma once

namespace citus_init::citus::statement {

// Workers that joined and have not got their share of the shards: a table of the coordinator alone.
inline constexpr const char* kMakeJoined =
    "DO $make$ BEGIN "
    "PERFORM pg_catalog.set_config('citus.enable_ddl_propagation', 'off', true); "
    "CREATE SCHEMA IF NOT EXISTS citus_init; "
    "CREATE TABLE IF NOT EXISTS citus_init.joined (nodeid int PRIMARY KEY, "
    "joined_at timestamptz NOT NULL DEFAULT pg_catalog.now()); "
    "REVOKE ALL ON citus_init.joined FROM PUBLIC; "
    "END $make$";
inline constexpr const char* kHasJoined =
    "SELECT pg_catalog.to_regclass('citus_init.joined') IS NOT NULL";
inline constexpr const char* kNoteJoined =
    "INSERT INTO citus_init.joined (nodeid) VALUES ($1::pg_catalog.int4) ON CONFLICT DO NOTHING";
// Not those that were removed or drained meanwhile.
inline constexpr const char* kJoined =
    "SELECT joined.nodeid FROM citus_init.joined JOIN pg_catalog.pg_dist_node node "
    "ON node.nodeid = joined.nodeid AND node.shouldhaveshards ORDER BY 1";
inline constexpr const char* kSettleJoined =
    "DELETE FROM citus_init.joined WHERE nodeid = ANY ($1::pg_catalog.int4[])";

}  // namespace citus_init::citus::statement
