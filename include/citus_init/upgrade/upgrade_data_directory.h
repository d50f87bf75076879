#pragma once

#include <string>
#include <vector>

namespace citus_init::upgrade {

// The child of PID 1 that brings the data directory to the server's major version, as
// docs/upgrades.md describes it; `server_arguments` as the server gets them. It goes on where an
// earlier one was killed (postgres/upgrade_record.h), and is killed itself to end it. Also: removes
// what an upgrade that is given up has made, or the old cluster that one has kept, and runs what a
// pg_upgrade by hand left to do. Exit: 0, the directory can be started; 65, obstacles or a failed
// step, all of them listed; 71, 74, 77, 78. Blocks for as long as the copying takes.
int run_upgrade_data_directory(const std::vector<std::string>& server_arguments);

}  // namespace citus_init::upgrade
