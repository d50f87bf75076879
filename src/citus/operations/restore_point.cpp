#include "citus_init/citus/operations/restore_point.h"

#include <charconv>

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

constexpr const char* kPointServer =
    "SELECT pg_catalog.current_database(), pg_catalog.current_setting('server_version'), "
    "(SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'citus'), "
    "(SELECT system_identifier FROM pg_catalog.pg_control_system()), "
    "pg_catalog.pg_database_size(pg_catalog.current_database()), "
    "extract(epoch FROM pg_catalog.clock_timestamp())::pg_catalog.int8, "
    "pg_catalog.pg_is_in_recovery()";

constexpr const char* kRegistered =
    "SELECT groupid, nodename, nodeport, noderole FROM pg_catalog.pg_dist_node "
    "ORDER BY groupid, noderole, nodename, nodeport";

constexpr const char* kLimitLocks = "SELECT pg_catalog.set_config('lock_timeout', '2s', false)";
// The server gives the lock up by itself, should nobody be left to do it.
constexpr const char* kLimitHeld =
    "SELECT pg_catalog.set_config('lock_timeout', '2s', true), "
    "pg_catalog.set_config('idle_in_transaction_session_timeout', '15s', true)";
// What citus_create_restore_point() locks on the coordinator, in its order.
constexpr const char* kLockCoordinator =
    "LOCK TABLE pg_catalog.pg_dist_node, pg_catalog.pg_dist_partition, "
    "pg_catalog.pg_dist_transaction IN EXCLUSIVE MODE";
constexpr const char* kLockTransactions =
    "LOCK TABLE pg_catalog.pg_dist_transaction IN EXCLUSIVE MODE";
// From 14.0 on citus_create_restore_point() locks pg_dist_transaction on the workers as well, with
// the coordinator's metadata locked meanwhile. What is set there so counts on the workers, too; a
// statement_timeout does not end it, because it waits for their answer in any case.
constexpr const char* kSetOnWorkers = "SET LOCAL citus.propagate_set_commands TO 'local'";
constexpr const char* kLimitWorkerLocks = "SET LOCAL lock_timeout TO '2s'";
constexpr const char* kMakePoint = "SELECT pg_catalog.pg_create_restore_point($1)";
constexpr const char* kMakeClusterPoint = "SELECT pg_catalog.citus_create_restore_point($1)";

// Reads take ACCESS SHARE only, and a two-phase write ROW EXCLUSIVE on pg_dist_transaction for as
// long as its commit takes.
constexpr const char* kLockHolder =
    "SELECT pg_catalog.format('process %s (%s, %s) since %s: %s', a.pid, "
    "coalesce(nullif(a.application_name, ''), 'no application name'), a.usename, "
    "pg_catalog.to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "pg_catalog.left(a.query, 100)) "
    "FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) "
    "WHERE l.granted AND a.pid <> pg_catalog.pg_backend_pid() AND l.relation IN ("
    "'pg_catalog.pg_dist_node'::pg_catalog.regclass, "
    "'pg_catalog.pg_dist_partition'::pg_catalog.regclass, "
    "'pg_catalog.pg_dist_transaction'::pg_catalog.regclass) "
    "AND l.mode NOT IN ('AccessShareLock') ORDER BY a.xact_start LIMIT 1";

constexpr const char* kSwitchWal =
    "SELECT lsn, pg_catalog.pg_walfile_name(lsn) FROM pg_catalog.pg_switch_wal() lsn";

// The archiver goes by name, and marks what it has done; a checkpoint may remove the mark, the
// statistics may be reset, but not both within one wait.
constexpr const char* kIsArchived =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_ls_archive_statusdir() "
    "WHERE name LIKE '%.ready' AND pg_catalog.left(name, 24) <= $1) "
    "AND (EXISTS (SELECT FROM pg_catalog.pg_ls_archive_statusdir() WHERE name = $1 || '.done') "
    "OR EXISTS (SELECT FROM pg_catalog.pg_stat_archiver "
    "WHERE pg_catalog.left(last_archived_wal, 8) = pg_catalog.left($1, 8) "
    "AND pg_catalog.left(last_archived_wal, 24) >= $1)), "
    "CASE WHEN pg_catalog.pg_is_in_recovery() THEN true "
    "ELSE pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) "
    "<> pg_catalog.left($1, 8) END";

constexpr const char* kServerFile = "SELECT pg_catalog.pg_read_file($1, 0, 65536, true)";

constexpr const char* kHoldPointLock = "SELECT pg_catalog.pg_try_advisory_lock(716338842, 1)";
constexpr const char* kPointLockHolder =
    "SELECT pg_catalog.format('%s since %s', a.application_name, "
    "pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')) "
    "FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = 716338842 "
    "AND l.objid = 1 LIMIT 1";

// Released at the end, in whatever way that comes.
class HeldLocks {
  public:
    HeldLocks() = default;
    HeldLocks(const HeldLocks&) = delete;
    HeldLocks& operator=(const HeldLocks&) = delete;
    ~HeldLocks() {
        for (Session* session : held_) {
            static_cast<void>(session->query(statement::kRollback));
        }
    }

    SqlResult<void> take(Session& session, const char* lock) {
        held_.push_back(&session);
        for (const char* sql : {statement::kBegin, kLimitHeld, lock}) {
            if (auto done = without_rows(session.query(sql)); !done) {
                return done;
            }
        }
        return {};
    }

    // The writers of a database, on its coordinator and on its workers. The coordinator first: a
    // write through it may hold pg_dist_node there while it waits for one that began on a worker,
    // and that one must be able to commit.
    SqlResult<void> hold_writers(Session& coordinator, const std::vector<Session*>& workers) {
        auto locked = take(coordinator, kLockCoordinator);
        for (auto worker = workers.begin(); locked && worker != workers.end(); ++worker) {
            locked = take(**worker, kLockTransactions);
        }
        return locked;
    }

    // Whether each session still has its transaction, and so its lock.
    SqlResult<void> check() {
        for (Session* session : held_) {
            if (auto there = without_rows(session->query("SELECT")); !there) {
                return there;
            }
        }
        return {};
    }

  private:
    std::vector<Session*> held_;
};

}  // namespace

SqlResult<PointServer> read_point_server(Session& session) {
    const auto rows = session.query(kPointServer);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    PointServer server;
    std::size_t column = 0;
    server.database = rows->at(0, column++);
    server.postgres_version = rows->at(0, column++);
    server.citus_version = rows->at(0, column++);
    server.system_identifier = rows->at(0, column++);
    server.database_bytes = bigint_at(*rows, 0, column++);
    server.time = bigint_at(*rows, 0, column++);
    server.in_recovery = rows->is_true(0, column++);
    return server;
}

SqlResult<std::vector<RegisteredRow>> read_registered(Session& coordinator) {
    const auto rows = coordinator.query(kRegistered);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<RegisteredRow> all;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        all.push_back({integer_at(*rows, row, 0), address_at(*rows, row, 1), rows->at(row, 3)});
    }
    return all;
}

SqlResult<void> make_restore_point(const PointSessions& sessions, const std::string& name) {
    if (const auto limited = sessions.coordinator->query(kLimitLocks); !limited) {
        return tl::unexpected(limited.error());
    }
    HeldLocks locks;
    if (sessions.locks_workers) {
        if (auto held = locks.hold_writers(*sessions.coordinator, sessions.workers); !held) {
            return held;
        }
    }
    if (sessions.has_citus && !sessions.locks_workers) {
        if (auto begun = locks.take(*sessions.coordinator, kSetOnWorkers); !begun) {
            return begun;
        }
        if (auto limited = without_rows(sessions.coordinator->query(kLimitWorkerLocks)); !limited) {
            return limited;
        }
    }
    for (const OtherDatabase& other : sessions.others) {
        if (auto held = locks.hold_writers(*other.coordinator, other.workers); !held) {
            return held;
        }
    }
    const auto made =
        sessions.coordinator->query(sessions.has_citus ? kMakeClusterPoint : kMakePoint, {name});
    if (!made) {
        return tl::unexpected(made.error());
    }
    return locks.check();
}

SqlResult<std::string> metadata_lock_holder(Session& node) {
    const auto rows = node.query(kLockHolder);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? std::string() : rows->at(0, 0);
}

int SwitchedWal::timeline() const {
    constexpr int kHex = 16;
    constexpr std::size_t kDigits = 8;
    int timeline = 0;
    if (file.size() >= kDigits) {
        std::from_chars(file.data(), file.data() + kDigits, timeline, kHex);
    }
    return timeline;
}

SqlResult<SwitchedWal> switch_wal(Session& session) {
    const auto rows = session.query(kSwitchWal);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return SwitchedWal{rows->at(0, 0), rows->at(0, 1)};
}

SqlResult<bool> is_archived(Session& session, const std::string& wal_file) {
    const auto rows = session.query(kIsArchived, {wal_file});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->is_true(0, 1)) {
        return tl::unexpected(
            SqlError{sqlstate::kObjectNotInPrerequisiteState,
                     fmt::format("the server is on another timeline than its WAL segment {}, which "
                                 "is not archived: another server became its group's primary",
                                 wal_file),
                     {},
                     {}});
    }
    return rows->is_true(0, 0);
}

SqlResult<std::string> read_server_file(Session& session, const std::string& path) {
    const auto rows = session.query(kServerFile, {path});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? std::string() : rows->at(0, 0);
}

SqlResult<std::optional<std::string>> hold_point_lock(Session& coordinator) {
    const auto held = ask(coordinator, kHoldPointLock);
    if (!held) {
        return tl::unexpected(held.error());
    }
    if (*held) {
        return std::nullopt;
    }
    const auto holder = coordinator.query(kPointLockHolder);
    if (!holder) {
        return tl::unexpected(holder.error());
    }
    return holder->empty() ? std::string("another one") : holder->at(0, 0);
}

}  // namespace citus_init::citus
