#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"
#include "citus_init/process/spawn.h"

namespace citus_init::postgres {

inline constexpr const char* kInitFilesDirectory = "/docker-entrypoint-initdb.d";

// The bash functions of the official entrypoint (docker_process_sql, file_env, ...), for init files
// and for `source docker-entrypoint.sh`. src/postgres/entrypoint_library.bash, embedded.
std::string_view entrypoint_library();

// Whether there is a file for the shell to run: hidden ones are not. A missing directory has
// none. Errors: `permission`, `io`; to be asked before initdb, so that nothing is made in vain.
[[nodiscard]] Result<bool> has_init_files(const Filesystem& files, const std::string& directory);

// The names of those files, sorted by byte. Errors as has_init_files().
[[nodiscard]] Result<std::vector<std::string>> init_file_names(const Filesystem& files,
                                                               const std::string& directory);

// A command, and what it reads and writes, which must live until init_files_progress() was asked.
struct InitFilesLaunch {
    process::Command command;
    Fd library;
    Fd progress;
};

// One bash that runs or sources the files of `directory` in the locale's order, with the bootstrap
// server up. `environment` is its own and the scripts': POSTGRES_USER, POSTGRES_DB, PGPASSWORD,
// PGDATA and a PATH that has psql. `left_out`: names of files that do not run. Its exit status is
// that of the file that failed. Errors: `os`.
[[nodiscard]] Result<InitFilesLaunch> init_files_launch(
    const std::string& directory, std::vector<std::string> environment,
    const std::vector<std::string>& left_out = {});

// How far the command is, or was when it ended; it may be asked meanwhile.
struct InitFilesProgress {
    std::vector<std::string> begun;  // names, in order; all but the last one have succeeded
    // All have run, or the last one does that anything is done with. Not so when a sourced file
    // before it called `exit 0`, which ends the shell; the official image ends its container then.
    bool completed = false;
};
InitFilesProgress init_files_progress(const InitFilesLaunch& launch);

bool init_files_completed(const InitFilesLaunch& launch);

// Where the files failed: `, in "/docker-entrypoint-initdb.d/10.sh"`, and the cause where the file
// shows it (Windows line ends, a byte order mark). "" where none was begun. Reads the last file
// that was.
std::string where_init_files_failed(const Filesystem& files, const std::string& directory,
                                    const InitFilesProgress& progress);

}  // namespace citus_init::postgres
