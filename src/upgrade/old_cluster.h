#pragma once

#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/upgrade_record.h"

#include "upgrade/directories.h"

namespace citus_init::upgrade {

// Whether a server has run on the old cluster since pg_upgrade had ended (`upgraded` and later).
// An image without citus-init knows no record of ours: in an old place it can start the cluster at
// any time, in the data directory until the first file is moved away. False where that cluster's
// pg_control cannot be read: it is moved, or removed.
bool has_old_cluster_run_since(const Filesystem& files, const UpgradeDirectories& directories,
                               const postgres::UpgradeRecord& record);

}  // namespace citus_init::upgrade
