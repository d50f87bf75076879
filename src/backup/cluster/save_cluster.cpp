#include "citus_init/backup/cluster/save_cluster.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/pruning.h"
#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

// Base backups expire older ones at their end.
void prune(Repository& repository, Observer& observer) {
    const Pruned pruned = prune_points(repository);
    if (!pruned.removed.empty()) {
        const std::size_t count = pruned.removed.size();
        observer.message(
            fmt::format("removed {} restore point{} whose base backups have expired: {}{}", count,
                        count == 1 ? "" : "s", pruned.removed.front(),
                        count == 1 ? "" : fmt::format(" to {}", pruned.removed.back())));
    }
    if (!pruned.problem.empty()) {
        observer.message("restore points that have expired may be left in the repository: " +
                         one_line(pruned.problem));
    }
}

}  // namespace

Result<SavedPoint> save_cluster(const ClusterAccess& access, Repository& repository,
                                Observer& observer, const SaveRequest& request) {
    auto cluster = ClusterBackup::open(access, repository, observer);
    if (!cluster) {
        return fail(cluster.error());
    }
    const auto name = cluster->free_name(request.point);
    if (!name) {
        return fail(name.error());
    }
    SavedPoint saved;
    if (request.type_of) {
        CITUS_INIT_TRY(keep(saved.groups, cluster->back_up(request.type_of)));
    }
    CITUS_INIT_TRY(keep(saved.point, cluster->make_point(*name)));
    if (request.type_of) {
        prune(repository, observer);
    }
    return saved;
}

BackupTotals totals_of(const std::vector<GroupBackup>& groups) {
    BackupTotals totals;
    std::int64_t start = 0;
    std::int64_t stop = 0;
    for (const auto& [number, node, stanza, row, made] : groups) {
        totals.bytes += made.size;
        totals.repository_bytes += made.repository_size;
        start = start == 0 ? made.start : std::min(start, made.start);
        stop = std::max(stop, made.stop);
    }
    totals.seconds = stop - start;
    return totals;
}

}  // namespace citus_init::backup
