#pragma once

#include <optional>
#include <string>

#include "citus_init/backup/runner.h"
#include "citus_init/base/result.h"

namespace citus_init::restore {

struct BaseBackupCopy {
    std::string stanza;
    std::string label;
    std::string directory;   // the data directory that it becomes
    bool has_files = false;  // of which pgBackRest takes over what it can (--delta)
    // That the server will recover to; none: the latest. Since 2.55 pgBackRest refuses a base
    // backup that does not lead to it.
    std::optional<int> timeline{};
};

// Runs `pgbackrest restore`, and logs how far it is each ten seconds. Without any setting for a
// recovery, or with a timeline those that without_recovery_settings() removes, and standby.signal.
// Blocks for as long as the copying takes. Errors: those of Runner::run().
[[nodiscard]] Result<backup::Run> copy_base_backup(backup::Runner& runner,
                                                   const BaseBackupCopy& copy);

}  // namespace citus_init::restore
