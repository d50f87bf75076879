#pragma once

// Of a member that Patroni manages.
namespace citus_init::citus::statement {

inline constexpr const char* kMemberFacts =
    "SELECT pg_catalog.pg_is_in_recovery(), "
    "EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'citus'), "
    "(SELECT rolpassword IS NOT NULL FROM pg_catalog.pg_authid WHERE rolname = current_user), "
    "pg_catalog.current_setting('synchronous_standby_names'), "
    // One whose WAL is gone from the primary is `streaming`, too, until the primary's answer.
    // latest_end_lsn: null before the first message.
    "EXISTS (SELECT 1 FROM pg_catalog.pg_stat_wal_receiver receiver "
    "JOIN pg_catalog.pg_stat_activity USING (pid) WHERE status = 'streaming' "
    "AND (receiver.latest_end_lsn <= receiver.flushed_lsn "
    "OR backend_start < pg_catalog.clock_timestamp() - interval '3 s')), "
    "pg_catalog.pg_conf_load_time()";

inline constexpr const char* kOldTransactions =
    "SELECT gid, extract(epoch FROM pg_catalog.now() - prepared)::pg_catalog.int8 "
    "FROM pg_catalog.pg_prepared_xacts "
    "WHERE prepared <= pg_catalog.now() - $1::pg_catalog.interval ORDER BY prepared";

// Patroni announces a change of a primary and finishes it with another request of the member's.
inline constexpr const char* kStuckUpdates =
    "SELECT pid, extract(epoch FROM pg_catalog.now() - xact_start)::pg_catalog.int8 "
    "FROM pg_catalog.pg_stat_activity WHERE state = 'idle in transaction' "
    "AND query LIKE '%citus_update_node%' AND pid <> pg_catalog.pg_backend_pid() "
    "AND xact_start <= pg_catalog.now() - $1::pg_catalog.interval ORDER BY xact_start";

inline constexpr const char* kStoredPassword =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_authinfo "
    "WHERE authinfo ~ '(^|\\s)password\\s*=')";

inline constexpr const char* kCurrentUser = "SELECT current_user";
inline constexpr const char* kKeepDdlInSession =
    "SELECT pg_catalog.set_config('citus.enable_ddl_propagation', 'off', false)";

}  // namespace citus_init::citus::statement
