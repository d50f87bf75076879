#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::supervisor {

// The entrypoint proper: `postgres ARGUMENTS...` under supervision, from the settings to the last
// process. Returns the exit status of PID 1; the last line on stderr says why it is not 0. Signals
// must be blocked (process::block_signals()). Arguments that begin with --single, --boot or --check
// run that program in the foreground, without supervision, and its exit status is returned.
int run_server(const std::vector<std::string>& server_arguments,
               const settings::Environment& environment);

enum class IfInitialised { succeed, fail };

// docker-ensure-initdb.sh and docker-enforce-initdb.sh: the bootstrap without the server; the first
// one upgrades a database, too, where run_server() would. A stop before the end: 128 + the signal.
int run_initdb_only(const std::vector<std::string>& server_arguments,
                    const settings::Environment& environment, IfInitialised if_initialised);

}  // namespace citus_init::supervisor
