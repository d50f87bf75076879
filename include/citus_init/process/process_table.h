#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace citus_init::process {

// What one process is doing, from /proc.
struct ProcessDescription {
    pid_t pid = 0;
    pid_t parent = 0;
    char state = '?';   // as ps(1): R, S, D (uninterruptible), T, Z ...
    std::string wait;   // the kernel function that it sleeps in; "" when none or not visible
    std::string title;  // PostgreSQL's own title, of any other program its name only

    // "pid 71, D in io_schedule: postgres: checkpointer"
    std::string text() const;
};

// All our descendants, by pid. To name what holds up a stop. Titles come from programs that put no
// secret into them: PostgreSQL's have user, database, address and command tag, no query text; of
// others, whose arguments may hold anything, the name is all that is reported.
std::vector<ProcessDescription> describe_processes();

// Whether the process has a handler for the signal (/proc/PID/status); false where it is gone.
bool handles_signal(pid_t pid, int signal);

// When a process was started, in clock ticks since the machine's boot (proc(5)). Together with its
// pid that names it: the pid alone is used again, a container's 1 at every start. None when there
// is no such process, or when /proc does not show it.
std::optional<std::int64_t> start_ticks(pid_t pid);

// Whether the process lives that had this pid and these start_ticks(), 0 = not known, when somebody
// noted them. Where /proc does not show the start, the pid alone decides.
bool lives(std::int64_t pid, std::int64_t started);

}  // namespace citus_init::process
