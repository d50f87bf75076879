#pragma once

namespace citus_init::citus::statement {

inline constexpr const char* kCreateBackup =
    "CREATE TABLE IF NOT EXISTS citus_init.backup ("
    "id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), type text NOT NULL, "
    "requested_by text NOT NULL, requested_at timestamptz NOT NULL, state text NOT NULL, "
    "stanza text NOT NULL DEFAULT '', started_at timestamptz, ended_at timestamptz, "
    "permille integer NOT NULL DEFAULT 0, bytes bigint NOT NULL DEFAULT 0, "
    "total_bytes bigint NOT NULL DEFAULT 0, label text NOT NULL DEFAULT '', "
    "error text NOT NULL DEFAULT '', cancel_wanted boolean NOT NULL DEFAULT false) "
    "WITH (fillfactor = 50)";
inline constexpr const char* kCreateBackupAgent =
    "CREATE TABLE IF NOT EXISTS citus_init.backup_agent ("
    "one boolean PRIMARY KEY DEFAULT true CHECK (one), wake_file text NOT NULL, "
    "errors_file text NOT NULL, configuration text NOT NULL, published_at timestamptz NOT NULL)";
inline constexpr const char* kRevokeBackup =
    "REVOKE ALL ON citus_init.backup, citus_init.backup_agent FROM PUBLIC";

inline constexpr const char* kPublishBackupAgent =
    "INSERT INTO citus_init.backup_agent (wake_file, errors_file, configuration, published_at) "
    "VALUES ($1, $2, $3, greatest(pg_catalog.clock_timestamp(), "
    "pg_catalog.pg_postmaster_start_time())) ON CONFLICT (one) DO UPDATE SET "
    "wake_file = excluded.wake_file, errors_file = excluded.errors_file, "
    "configuration = excluded.configuration, published_at = excluded.published_at";
inline constexpr const char* kBackupAgent =
    "SELECT wake_file, errors_file, configuration, "
    "published_at >= pg_catalog.pg_postmaster_start_time() FROM citus_init.backup_agent";

inline constexpr const char* kCreateArchiving =
    "CREATE TABLE IF NOT EXISTS citus_init.archiving ("
    "one boolean PRIMARY KEY DEFAULT true CHECK (one), stanza text NOT NULL)";
inline constexpr const char* kRevokeArchiving = "REVOKE ALL ON citus_init.archiving FROM PUBLIC";
inline constexpr const char* kNoteMadeStanza =
    "INSERT INTO citus_init.archiving (stanza) VALUES ($1) "
    "ON CONFLICT (one) DO UPDATE SET stanza = excluded.stanza";
inline constexpr const char* kArchivingIsThere =
    "SELECT pg_catalog.to_regclass('citus_init.archiving') IS NOT NULL";
inline constexpr const char* kMadeStanza = "SELECT stanza FROM citus_init.archiving";

// An advisory lock of two keys; the second one is 1 in cluster_backup's own.
inline constexpr const char* kHoldBackupLock =
    "SELECT pg_catalog.pg_try_advisory_lock(716338842, 2)";

inline constexpr const char* kNobodyWorks =
    "NOT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted "
    "AND objsubid = 2 AND classid = 716338842 AND objid = 2 AND database = "
    "(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))";

// {0}: what has to be so as well.
inline constexpr const char* kGiveUpRunning =
    "UPDATE citus_init.backup SET state = 'lost', ended_at = pg_catalog.clock_timestamp(), "
    "error = 'the server or the agent that ran it ended before it did' "
    "WHERE state = 'running' AND {0}";
inline constexpr const char* kGiveUpOldRequests =
    "UPDATE citus_init.backup SET state = 'expired', ended_at = pg_catalog.clock_timestamp(), "
    "error = 'no agent claimed it in time' WHERE state = 'requested' "
    "AND requested_at < pg_catalog.clock_timestamp() - interval '60 s'";
inline constexpr const char* kForgetOldBackups =
    "DELETE FROM citus_init.backup WHERE id IN (SELECT id FROM citus_init.backup "
    "ORDER BY requested_at DESC OFFSET 50)";

inline constexpr const char* kBackupColumns =
    "id, type, requested_by, pg_catalog.to_char(requested_at AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), state, stanza, permille, bytes, total_bytes, label, error, "
    "cancel_wanted";
// {0}: the columns
inline constexpr const char* kClaimBackup =
    "UPDATE citus_init.backup SET state = 'running', stanza = $1, "
    "started_at = pg_catalog.clock_timestamp() WHERE id = (SELECT id FROM citus_init.backup "
    "WHERE state = 'requested' ORDER BY requested_at LIMIT 1) RETURNING {0}, true";
inline constexpr const char* kReportBackup =
    "UPDATE citus_init.backup SET state = $2, permille = $3::pg_catalog.int4, "
    "bytes = $4::pg_catalog.int8, total_bytes = $5::pg_catalog.int8, label = $6, error = $7, "
    "ended_at = CASE WHEN $2 <> 'running' THEN pg_catalog.clock_timestamp() END "
    "WHERE id = $1::pg_catalog.uuid RETURNING cancel_wanted";

inline constexpr const char* kLockBackups =
    "LOCK TABLE citus_init.backup IN SHARE ROW EXCLUSIVE MODE";
// {0}: the columns, {1}: kNobodyWorks
inline constexpr const char* kBackupUnderWay =
    "SELECT {0}, NOT ({1}) FROM citus_init.backup WHERE state IN ('requested', 'running') "
    "ORDER BY requested_at LIMIT 1";
inline constexpr const char* kRequestBackup =
    "INSERT INTO citus_init.backup (type, requested_by, requested_at, state) "
    "VALUES ($1, $2, pg_catalog.clock_timestamp(), 'requested') RETURNING id";
// The file is the agent's, and so is its directory; what is written is of no meaning.
inline constexpr const char* kWakeBackupAgent = "COPY (SELECT 1) TO {0}";
inline constexpr const char* kReadBackup =
    "SELECT {0}, NOT ({1}) FROM citus_init.backup WHERE id = $1::pg_catalog.uuid";
inline constexpr const char* kCancelBackup =
    "UPDATE citus_init.backup SET cancel_wanted = true, "
    "state = CASE state WHEN 'requested' THEN 'cancelled' ELSE state END, "
    "ended_at = CASE state WHEN 'requested' THEN pg_catalog.clock_timestamp() ELSE ended_at END "
    "WHERE id = $1::pg_catalog.uuid AND state IN ('requested', 'running')";
inline constexpr const char* kGiveUpBackup =
    "UPDATE citus_init.backup SET state = $2, error = $3, "
    "ended_at = pg_catalog.clock_timestamp() WHERE id = $1::pg_catalog.uuid "
    "AND state IN ('requested', 'running')";

}  // namespace citus_init::citus::statement
