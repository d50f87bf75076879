#pragma once

#include <memory>
#include <string>

#include "citus_init/backup/runner.h"

namespace citus_init::backup {

// Runs `pgbackrest --config=CONFIGURATION ARGUMENTS`, found by PATH, with this process's
// environment. Its children die with the thread that runs it.
std::unique_ptr<Runner> make_child_runner(std::string configuration);

}  // namespace citus_init::backup
