#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::cli {

// Parses and runs a verb that parse_command_line() found; `arguments[0]` is the verb, of users or
// one that PID 1 starts of its own binary. Returns the exit status: 64 with a line on stderr for a
// usage error.
int run_verb(const std::vector<std::string>& arguments, const settings::Environment& environment);

}  // namespace citus_init::cli
