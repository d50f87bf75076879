#include "citus_init/process/orphans.h"

#include <signal.h>
#include <sys/stat.h>

#include <cerrno>

#include <fmt/core.h>

#include "process/proc.h"

namespace citus_init::process {

namespace {

// A directory by what it is, not by a name: symlinks and bind mounts give it many.
bool works_in(pid_t pid, const struct stat& directory) {
    struct stat current {};
    if (::stat(fmt::format("/proc/{}/cwd", pid).c_str(), &current) == 0) {
        return current.st_dev == directory.st_dev && current.st_ino == directory.st_ino;
    }
    // Another user's process without CAP_SYS_PTRACE: its name is all that we may see.
    if (errno == EACCES) {
        const auto status = process_status(pid);
        return status && status->state != 'Z' && status->name == "postgres";
    }
    return false;
}

}  // namespace

std::vector<pid_t> kill_orphans(const Children& children, const std::string& data_directory) {
    std::vector<pid_t> killed;
    struct stat directory {};
    if (::stat(data_directory.c_str(), &directory) != 0) {
        return killed;
    }
    for (const pid_t pid : children.orphans()) {
        if (works_in(pid, directory)) {
            ::kill(pid, SIGKILL);
            killed.push_back(pid);
        }
    }
    return killed;
}

}  // namespace citus_init::process
