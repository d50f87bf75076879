#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::app {

// The entrypoint proper: `postgres ARGUMENTS...` under supervision, from the settings to the last
// process. Returns the exit status of PID 1; the last line on stderr says why it is not 0.
int run_server(const std::vector<std::string>& server_arguments,
               const settings::Environment& environment);

}  // namespace citus_init::app
