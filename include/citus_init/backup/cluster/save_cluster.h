#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/manifest.h"
#include "citus_init/backup/repository.h"
#include "citus_init/base/result.h"

namespace citus_init::backup {

struct SaveRequest {
    // Of the base backup that a group gets: full, diff, incr. Empty: none, the point alone.
    std::function<std::string(int group)> type_of{};
    std::string point{};  // its name; "" = one of its own
};

// What a cluster can be restored to, and from.
struct SavedPoint {
    Manifest point;
    std::vector<GroupBackup> groups;  // new base backups
};

// Base backups as asked for, then a restore point, then the removal of points that have expired
// with older backups. The observer gets a message about what was removed, and about a failure of
// the removal. Errors and blocking as ClusterBackup has them.
[[nodiscard]] Result<SavedPoint> save_cluster(const ClusterAccess& access, Repository& repository,
                                              Observer& observer, const SaveRequest& request);

struct BackupTotals {
    std::int64_t bytes = 0;
    std::int64_t repository_bytes = 0;
    std::int64_t seconds = 0;  // from the first start to the last stop
};
BackupTotals totals_of(const std::vector<GroupBackup>& groups);

}  // namespace citus_init::backup
