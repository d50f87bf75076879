#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "citus_init/base/filesystem.h"

namespace citus_init::postgres {

// What is known of the process that a lock file names, in our pid namespace.
enum class RecordedProcess {
    gone,         // no such process or thread
    foreign,      // something lives under that pid, but no server of this data directory
    server_here,  // a program named postgres whose working directory is the data directory
};

// Reads /proc. A process that cannot be inspected (another user's) is not ours: PostgreSQL runs
// as one user, and ours could be inspected. Without /proc every living process is a server_here,
// so that nothing is excused.
RecordedProcess inspect_process(pid_t pid, const std::string& data_directory);

// The value of PG_GRANDPARENT_PID for the next postmaster. It refuses to start while the pid of an
// old lock file lives (CreateLockFile() in miscinit.c: kill(pid, 0), which knows zombies and thread
// ids too), and pids repeat in containers; only itself, its parent and PG_GRANDPARENT_PID are
// excused. So: the recorded pid, unless a server of this directory lives under it. A pid that is
// gone is excused as well, since a helper could get it before the postmaster checks.
//
// The postmaster reads two lock files, PGDATA/postmaster.pid and
// SOCKET_DIRECTORY/.s.PGSQL.PORT.lock, but takes one excuse: the file whose pid is alive now goes
// first, then the data directory's. None: no file, nothing to excuse.
std::optional<pid_t> excused_pid(const Filesystem& files, const std::string& data_directory,
                                 const std::string& socket_directory, int port);

// A postmaster that was killed between making a lock file and writing its pid into it leaves it
// empty, and no postmaster ever starts over that ("lock file ... is empty", CreateLockFile()). Such
// files of ours are removed: in the data directory at once, whose lock the caller holds, beside the
// socket once the file is a second old, since another container may share that directory and be
// starting right now. False: there is one that is not that old yet.
[[nodiscard]] bool remove_empty_lock_files(const std::string& data_directory,
                                           const std::string& socket_directory, int port);

// The choice alone. Pure.
struct RecordedPid {
    pid_t pid = 0;
    RecordedProcess process = RecordedProcess::gone;
};
std::optional<pid_t> choose_excused_pid(const std::optional<RecordedPid>& data_directory_lock,
                                        const std::optional<RecordedPid>& socket_lock);

}  // namespace citus_init::postgres
