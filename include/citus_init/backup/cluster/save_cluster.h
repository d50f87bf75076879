#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/manifest.h"
#include "citus_init/backup/repository.h"
#include "citus_init/base/result.h"

namespace citus_init::backup {

struct SaveRequest {
    // Of the base backup that a group gets: full, diff, incr; "" = it gets none. Empty: no group
    // gets one, the point alone is made.
    std::function<std::string(int group)> type_of{};
    std::string point{};  // its name; "" = one of its own
};

// What a cluster can be restored to, and from, and what was asked for and not made.
struct SaveOutcome {
    std::optional<Manifest> point{};       // none: it was not made
    std::vector<GroupBackup> groups{};     // new base backups
    std::vector<std::string> failed{};     // "shop-1 (w1:5432) failed: why", of the others
    std::optional<Error> failure{};        // beside those: why the rest, or the point, was not made
    std::map<int, std::string> lacking{};  // groups whose base backup (its label) lacks WAL

    bool is_complete() const { return failed.empty() && !failure; }
};

// Base backups as asked for, then a restore point, then the removal of points that have expired
// with older backups. Where some groups fail and others do not, the point is made all the same,
// from what each group has: the new base backups may have expired those of all points before. The
// observer gets a message about what was removed, and about a failure of the removal. Failures and
// blocking as ClusterBackup has them.
[[nodiscard]] SaveOutcome save_cluster(const ClusterAccess& access, Repository& repository,
                                       Observer& observer, const SaveRequest& request);

// Of an outcome that is not complete: all of it in one line, for a caller of the verb. Pure.
Error failure_of(const SaveOutcome& outcome);

struct BackupTotals {
    std::int64_t bytes = 0;
    std::int64_t repository_bytes = 0;
    std::int64_t seconds = 0;  // from the first start to the last stop
};
BackupTotals totals_of(const std::vector<GroupBackup>& groups);

}  // namespace citus_init::backup
