#include "citus_init/citus/recovery.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

// The functions fail outside of recovery.
constexpr const char* kRecoveryProgress =
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_wal_replay_lsn(), "
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_is_wal_replay_paused() END, "
    "(SELECT pg_catalog.string_agg(name || ' = ' || pg_catalog.quote_literal(setting), ', ') "
    "FROM pg_catalog.pg_settings WHERE setting <> '' AND name IN ('recovery_target', "
    "'recovery_target_lsn', 'recovery_target_name', 'recovery_target_time', "
    "'recovery_target_xid'))";

}  // namespace

std::string to_string(const RecoveryProgress& progress) {
    return fmt::format(
        "replayed to {}{}{}{}", progress.replayed.empty() ? "no position yet" : progress.replayed,
        progress.target.empty() ? "" : ", target ", progress.target,
        progress.paused
            ? ", paused: SELECT pg_wal_replay_resume() goes on, and at the target ends the recovery"
            : "");
}

SqlResult<std::optional<RecoveryProgress>> recovery_progress(Session& session) {
    const auto rows = session.query(kRecoveryProgress);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    constexpr std::size_t kLsn = 1;
    constexpr std::size_t kPaused = 2;
    constexpr std::size_t kTarget = 3;
    if (rows->empty() || !rows->is_true(0, 0)) {
        return std::optional<RecoveryProgress>();
    }
    return std::optional(
        RecoveryProgress{rows->at(0, kLsn), rows->at(0, kTarget), rows->is_true(0, kPaused)});
}

}  // namespace citus_init::citus
