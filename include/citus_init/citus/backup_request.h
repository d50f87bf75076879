#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How a base backup of a group is asked for: a row of the table citus_init.backup in the database
// of the group's primary, which that node's agent claims (ADR 75). Both are superusers. The agent
// holds an advisory lock as long as it works on one, so that a row whose agent is gone shows.

// What the agent publishes of itself in citus_init.backup_agent: paths in its container.
struct BackupAgent {
    std::string wake_file;      // it looks for requests whenever this file was written
    std::string errors_file;    // what pgBackRest said of the last WAL segment
    std::string configuration;  // pgbackrest.conf
    // Published since the server was started: an earlier one's row stays, also with
    // CITUS_BACKUP=none.
    bool is_of_this_run = true;
};

enum class BackupState {
    requested,
    running,
    done,
    failed,
    cancelled,
    lost,     // whoever ran it ended before it did
    expired,  // no agent claimed it in time
};
const char* to_string(BackupState state);
bool is_over(BackupState state);

struct BackupRow {
    std::string id;    // a UUID
    std::string type;  // full, diff, incr
    std::string requested_by;
    std::string requested_at;  // as text, UTC
    BackupState state = BackupState::requested;
    std::string stanza;
    int permille = 0;
    std::int64_t bytes = 0;
    std::int64_t total_bytes = 0;  // 0 = not known
    std::string label;             // of a base backup that is complete
    std::string error;             // why it failed; what went wrong after it was done
    bool cancel_wanted = false;
    bool is_held = false;  // an agent works on it
};

// --- The agent's side ---

// Makes both tables where they are missing, on this node only, and publishes `agent`.
[[nodiscard]] SqlResult<void> publish_backup_agent(Session& session, const BackupAgent& agent);

// Which stanza the group has, and where (backup::stanza_place()): in the table
// citus_init.archiving, so that whichever member leads the group knows it. "" = none was made yet.
[[nodiscard]] SqlResult<void> note_made_stanza(Session& session, const std::string& place);
[[nodiscard]] SqlResult<std::string> read_made_stanza(Session& session);

// Whether this session is now the one that works on requests of this database: until it ends.
[[nodiscard]] SqlResult<bool> hold_backup_lock(Session& session);

// Under that lock: gives up what others have left, then claims the oldest request, if any.
[[nodiscard]] SqlResult<std::optional<BackupRow>> claim_backup(Session& session,
                                                               const std::string& stanza);

// Writes progress and state of a row that was claimed. True: somebody wants it cancelled.
[[nodiscard]] SqlResult<bool> report_backup(Session& session, const BackupRow& row);

// --- The caller's side ---

// Error 42P01: the node's agent has never published itself.
[[nodiscard]] SqlResult<BackupAgent> read_backup_agent(Session& session);

struct BackupRequest {
    std::string id;                  // "" = refused
    std::optional<BackupRow> other;  // because of this one, which is asked for or runs
};
// Asks for one unless another one is under way. Does not wake the agent.
[[nodiscard]] SqlResult<BackupRequest> request_backup(Session& session, const std::string& type,
                                                      const std::string& requested_by);
// The one that is asked for or runs, if any.
[[nodiscard]] SqlResult<std::optional<BackupRow>> read_backup_under_way(Session& session);
[[nodiscard]] SqlResult<void> wake_backup_agent(Session& session, const BackupAgent& agent);

// None: the row is gone.
[[nodiscard]] SqlResult<std::optional<BackupRow>> read_backup(Session& session,
                                                              const std::string& id);

// A request that nobody has claimed is over at once; the agent ends one that runs within seconds.
[[nodiscard]] SqlResult<void> cancel_backup(Session& session, const std::string& id);

// What the caller has found, nobody else being there to write it.
[[nodiscard]] SqlResult<void> give_up_backup(Session& session, const std::string& id,
                                             BackupState state, const std::string& error);

}  // namespace citus_init::citus
