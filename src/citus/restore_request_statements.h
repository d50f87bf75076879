#pragma once

namespace citus_init::citus::statement {

inline constexpr const char* kCreateRestoreRequest =
    "CREATE TABLE IF NOT EXISTS citus_init.restore_request (point text NOT NULL, "
    "group_id integer NOT NULL, requested_by text NOT NULL, requested_at timestamptz NOT NULL, "
    "server_started_at timestamptz NOT NULL)";
inline constexpr const char* kRevokeRestoreRequest =
    "REVOKE ALL ON citus_init.restore_request FROM PUBLIC";

inline constexpr const char* kForgetRestoreRequests =
    "DELETE FROM citus_init.restore_request "
    "WHERE server_started_at <> pg_catalog.pg_postmaster_start_time()";
inline constexpr const char* kReadRestoreRequest =
    "SELECT point, group_id, requested_by FROM citus_init.restore_request "
    "WHERE server_started_at = pg_catalog.pg_postmaster_start_time() "
    "ORDER BY requested_at DESC LIMIT 1";

inline constexpr const char* kRequestRestore =
    "INSERT INTO citus_init.restore_request VALUES ($1, $2::pg_catalog.int4, $3, "
    "pg_catalog.clock_timestamp(), pg_catalog.pg_postmaster_start_time())";

}  // namespace citus_init::citus::statement
