#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace citus_init::process {

// Fields 2 to 4 of /proc/PID/stat, which everybody may read.
struct ProcessStatus {
    std::string name;  // comm: at most 15 bytes
    char state = '?';
    pid_t parent = 0;
};

// Whether /proc is mounted and shows our own pid namespace, whose numbers are the ones we can use.
bool proc_is_ours();

// Every process of our pid namespace; empty unless proc_is_ours().
std::vector<pid_t> process_ids();

// None: the process is gone.
std::optional<ProcessStatus> process_status(pid_t pid);

// Up to `limit` bytes of /proc/PID/FILE; empty when there is none or it is not for us to read.
std::string read_process_file(pid_t pid, const char* file, std::size_t limit);

}  // namespace citus_init::process
