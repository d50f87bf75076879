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

void sort_out(std::vector<GroupBackup> backups, SaveOutcome& outcome) {
    for (auto& backup : backups) {
        if (backup.row.state == citus::BackupState::done) {
            outcome.groups.push_back(std::move(backup));
        } else {
            outcome.failed.push_back(
                one_line(fmt::format("{} ({}) {}: {}", backup.stanza, backup.node,
                                     to_string(backup.row.state), backup.row.error)));
        }
    }
}

Status save(ClusterBackup& cluster, const SaveRequest& request, SaveOutcome& outcome) {
    const auto name = cluster.free_name(request.point);
    if (!name) {
        return fail(name.error());
    }
    if (request.type_of) {
        auto backups = cluster.back_up(request.type_of);
        if (!backups) {
            return fail(backups.error());
        }
        sort_out(*std::move(backups), outcome);
        if (outcome.groups.empty()) {
            return {};
        }
    }
    auto point = cluster.make_point(*name);
    for (const auto& missing : cluster.missing_wal()) {
        outcome.lacking[missing.group] = missing.label;
    }
    if (!point) {
        return fail(point.error());
    }
    outcome.point = *std::move(point);
    return {};
}

}  // namespace

SaveOutcome save_cluster(const ClusterAccess& access, Repository& repository, Observer& observer,
                         const SaveRequest& request) {
    SaveOutcome outcome;
    auto cluster = ClusterBackup::open(access, repository, observer);
    if (!cluster) {
        outcome.failure = std::move(cluster.error());
        return outcome;
    }
    if (const Status saved = save(*cluster, request, outcome); !saved) {
        outcome.failure = saved.error();
    }
    if (outcome.point && request.type_of) {
        prune(repository, observer);
    }
    return outcome;
}

Error failure_of(const SaveOutcome& outcome) {
    if (outcome.failed.empty()) {
        return *outcome.failure;
    }
    std::string text =
        fmt::format("not every group has a new base backup: {}", join(outcome.failed, "; "));
    if (!outcome.groups.empty()) {
        std::vector<std::string> made;
        for (const auto& group : outcome.groups) {
            made.push_back(group.stanza);
        }
        text += fmt::format(". Those of {} are complete and stay", join(made, ", "));
    }
    if (outcome.point) {
        text += fmt::format(
            ". The restore point {} was made from the latest base backup of each "
            "group",
            outcome.point->name);
    } else {
        text += "; no restore point was made";
        text += outcome.failure ? ": " + outcome.failure->message : "";
    }
    return {ExitCode::not_done, one_line(text)};
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
