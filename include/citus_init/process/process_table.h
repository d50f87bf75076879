#pragma once

#include <sys/types.h>

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

// All our descendants, by pid. To tell what holds up a stop. Titles come from programs that put no
// secret into them: PostgreSQL's have user, database, address and command tag, no query text; of
// others, whose arguments may hold anything, the name is all that is told.
std::vector<ProcessDescription> describe_processes();

}  // namespace citus_init::process
