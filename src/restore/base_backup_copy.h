#pragma once

#include <string>

#include "citus_init/backup/runner.h"
#include "citus_init/base/result.h"

namespace citus_init::restore {

struct BaseBackupCopy {
    std::string stanza;
    std::string label;
    std::string directory;   // the data directory that it becomes
    bool has_files = false;  // of which pgBackRest takes over what it can (--delta)
};

// Runs `pgbackrest restore` without any setting for a recovery, and logs how far it is each ten
// seconds. Blocks for as long as the copying takes. Errors: those of Runner::run().
[[nodiscard]] Result<backup::Run> copy_base_backup(backup::Runner& runner,
                                                   const BaseBackupCopy& copy);

}  // namespace citus_init::restore
