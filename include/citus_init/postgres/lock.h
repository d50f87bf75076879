#pragma once

#include <optional>
#include <string>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// The guard against two containers on one data directory, which PostgreSQL's own interlock cannot
// see: pids and SysV shared memory are per container. An flock(2) on the directory's descriptor,
// close-on-exec: held as long as this object lives, or another process that was given a copy.
struct DataDirectoryLock {
    Fd descriptor;
    // Why the file system gave no lock (NFS wants a descriptor open for writing, which a directory
    // cannot be); to be logged, the start goes on.
    std::optional<std::string> not_locked;
};

// Does not wait. Errors: `locked` when another holds it, `permission` or `io` when the directory
// cannot be opened.
[[nodiscard]] Result<DataDirectoryLock> lock_data_directory(const std::string& path);

// The same by a file beside it, PATH.lock, which is made: for a directory that is itself renamed
// and made anew.
[[nodiscard]] Result<DataDirectoryLock> lock_beside_data_directory(const std::string& path);

}  // namespace citus_init::postgres
