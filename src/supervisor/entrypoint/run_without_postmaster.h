#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::supervisor {

// `postgres --single ...` and the like (render::runs_without_postmaster()) on a cluster that is
// there: directories, step-down and lock as at a start, then the program with exactly these
// arguments, in the foreground. No bootstrap, no configuration of ours, no supervision. Returns
// the program's exit status; 65 where there is no whole cluster, and nothing is touched then.
int run_without_postmaster(const std::vector<std::string>& arguments,
                           const settings::Environment& environment);

}  // namespace citus_init::supervisor
