#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// A point that every group can be restored to, without a transaction that is torn between them.

// What is recorded of a server beside the point.
struct PointServer {
    std::string database;
    std::string postgres_version;  // "15.14 (Debian ...)"
    std::string citus_version;     // of the extension; "" = not created
    std::string system_identifier;
    std::int64_t database_bytes = 0;
    std::int64_t time = 0;  // its clock, seconds since 1970
    bool in_recovery = false;
};
[[nodiscard]] SqlResult<PointServer> read_point_server(Session& session);

struct RegisteredRow {
    int group = 0;
    HostPort address;
    std::string role;  // primary, secondary
};
// Every row of pg_dist_node, by group.
[[nodiscard]] SqlResult<std::vector<RegisteredRow>> read_registered(Session& coordinator);

// Another database with Citus than the cluster's own.
struct OtherDatabase {
    Session* coordinator = nullptr;
    std::vector<Session*> workers;
};

// The sessions of a caller. `workers`: one to each worker's primary.
struct PointSessions {
    Session* coordinator = nullptr;
    std::vector<Session*> workers;
    bool has_citus = false;      // else there is one server, and PostgreSQL's own function
    bool locks_workers = false;  // Citus before 14.0 does not stop writers that begin on a worker
    std::vector<OtherDatabase> others{};  // citus_create_restore_point() stops nobody there
};

// One attempt to make the point. Each lock is waited for 2 s at most, also those that Citus 14.0
// takes on workers by itself; with `locks_workers` the coordinator's metadata, and
// pg_dist_transaction on each worker, are locked meanwhile, for 15 s at most even should this
// program or its network be gone: writes of several nodes wait, none fails. The same in each of
// `others`.
// Error 55P03: a lock was not to be had. A name that was used before is accepted by PostgreSQL.
[[nodiscard]] SqlResult<void> make_restore_point(const PointSessions& sessions,
                                                 const std::string& name);

// Who keeps a node's metadata locked: "process 123 (psql, app) since 2026-...: CREATE ..".
// "" = nobody does.
[[nodiscard]] SqlResult<std::string> metadata_lock_holder(Session& node);

struct SwitchedWal {
    std::string lsn;
    std::string file;  // the segment that ends there
    int timeline() const;
};
// Ends the current segment, so that it is archived soon.
[[nodiscard]] SqlResult<SwitchedWal> switch_wal(Session& session);

// Whether that segment and all before it are archived. Error: also where the server is not on the
// segment's timeline any more, or in recovery.
[[nodiscard]] SqlResult<bool> is_archived(Session& session, const std::string& wal_file);

// The text of a file of the server, at most 64 kB; "" if it does not exist.
[[nodiscard]] SqlResult<std::string> read_server_file(Session& session, const std::string& path);

// Keeps other callers of `backup` and `restore-point` out until the session ends. None: it does;
// else who has it: "citus-init backup on node1 since 2026-...".
[[nodiscard]] SqlResult<std::optional<std::string>> hold_point_lock(Session& coordinator);

}  // namespace citus_init::citus
