#include "upgrade/old_cluster.h"

#include "citus_init/postgres/control_file.h"

namespace citus_init::upgrade {

using postgres::UpgradePhase;

bool has_old_cluster_run_since(const Filesystem& files, const UpgradeDirectories& directories,
                               const postgres::UpgradeRecord& record) {
    // From `moving_new` on the data directory has the pg_control of the new cluster.
    const bool is_moved = directories.in_place() && record.phase == UpgradePhase::moving_new;
    if (record.phase == UpgradePhase::begun || is_moved) {
        return false;
    }
    const auto control = postgres::control_fingerprint(files, directories.old);
    return control && *control != record.old_control;
}

}  // namespace citus_init::upgrade
