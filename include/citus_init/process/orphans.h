#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "citus_init/process/children.h"

namespace citus_init::process {

// Sends SIGKILL to the adopted children that belong to a data directory, by their working directory
// (PostgreSQL's processes and what they run stay in it). To be called when its postmaster is gone:
// a backend that never waits for a latch does not notice, and keeps the shared memory from the next
// postmaster; what it would have written is in the WAL.
//
// Returns those that were still there. Never blocks: call it again after each Children::reap()
// until it returns none, since a dying process leaves its own children to us. Then the shared
// memory is released too, for the kernel detaches it before the process gives up its working
// directory.
std::vector<pid_t> kill_orphans(const Children& children, const std::string& data_directory);

}  // namespace citus_init::process
