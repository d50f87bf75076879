#pragma once

#include <memory>
#include <string>

#include "citus_init/backup/runner.h"
#include "citus_init/base/secret.h"

namespace citus_init::backup {

// Runs `pgbackrest --config=CONFIGURATION ARGUMENTS`, found by PATH, with this process's
// environment. Its children die with the thread that runs it. `cipher_pass`: repo-get gets it as
// PGBACKREST_CIPHER_PASS, because it takes the one of the configuration for pgBackRest's own files
// only, and no other way but its command line; "" = the repository is not encrypted.
std::unique_ptr<Runner> make_child_runner(std::string configuration, Secret cipher_pass = {});

}  // namespace citus_init::backup
