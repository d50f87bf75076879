#pragma once

#include <string>

#include "citus_init/settings/environment.h"

namespace citus_init::cli {

// Shows this node, and on a coordinator its cluster, every two seconds, until q is typed. Without a
// terminal: once, after the first answers. It collects by itself and needs no listener; steps down
// from root to the owner of PGDATA. 0; 78 where the settings cannot be used.
int run_top(const settings::Environment& environment, const std::string& run_directory);

}  // namespace citus_init::cli
