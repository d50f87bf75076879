// The restore in place of ClusterBackup.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/restore_request.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/sqlstate.h"

#include "backup/cluster/backup_under_way.h"

namespace citus_init::backup {

namespace {

Error does_not_fit(const Manifest& point, const std::string& reason) {
    return {ExitCode::config,
            fmt::format("the restore point {} cannot be restored in place: {}, or restore it into "
                        "empty data directories (CITUS_RESTORE). Nothing was changed",
                        point.name, reason)};
}

}  // namespace

// What the cluster was then, it has to be now: a node more or less would be without its data, or
// without a place.
Status ClusterBackup::require_groups_of(const Manifest& point) const {
    for (const auto& saved : point.groups) {
        const auto now = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
            return group.number == saved.group;
        });
        if (now == groups_.end()) {
            return fail(does_not_fit(
                point, fmt::format("it has the group {} ({}), and the cluster does not any more. "
                                   "Choose a later one",
                                   saved.group, saved.stanza)));
        }
        if (now->server.system_identifier != saved.system_identifier) {
            return fail(does_not_fit(
                point,
                fmt::format("{} was made anew, or upgraded, since (system identifier {}, "
                            "not {}). Choose a later one",
                            now->node, now->server.system_identifier, saved.system_identifier)));
        }
    }
    for (const auto& group : groups_) {
        if (point.find(group.number) == nullptr) {
            return fail(does_not_fit(
                point,
                fmt::format("{} has joined since. Take it out first (`citus-init remove {}`)",
                            group.node, group.node)));
        }
    }
    return {};
}

// Not before the commit. A node whose agent does not take the order would keep all others closed,
// so it has to be there now.
Status ClusterBackup::request_restore(Group& group, const std::string& point) const {
    if (!group.agent.is_of_this_run) {
        return fail(ExitCode::not_done,
                    fmt::format("{} cannot be restored: its agent has not come up since its server "
                                "was started. Set CITUS_BACKUP=pgbackrest there as on every node, "
                                "and see its log. Nothing was changed",
                                group.node));
    }
    const auto other = citus::read_backup_under_way(*group.session);
    if (other && *other) {
        return fail(backup_under_way(group.stanza, **other));
    }
    const auto asked =
        citus::request_restore(*group.session, {point, group.number, access_.caller});
    const auto woken = asked ? citus::wake_backup_agent(*group.session, group.agent) : asked;
    if (woken) {
        return {};
    }
    if (!asked && asked.error().sqlstate == citus::sqlstate::kUndefinedTable) {
        return fail(ExitCode::not_done,
                    fmt::format("{} has another version of citus-init, which does not know this",
                                group.node));
    }
    return fail(
        citus::sql_failure(fmt::format("{} the agent of {} for a restore, and nothing was changed",
                                       asked ? "cannot wake" : "cannot ask", group.node),
                           woken.error()));
}

// The coordinator's counts: before it nothing has happened, after it there is no way back.
Status ClusterBackup::commit_requests(const std::string& point) {
    std::vector<std::string> failures;
    for (auto& group : groups_) {
        const auto committed = citus::commit_restore_request(*group.session);
        if (!committed && &group == &groups_.front()) {
            return fail(
                citus::sql_failure("cannot ask the coordinator for a restore", committed.error()));
        }
        if (!committed) {
            failures.push_back(
                fmt::format("{} ({})", group.node, one_line(committed.error().text())));
            continue;
        }
        // Its agent finds the order by itself as well, and the server may be stopped by now.
        static_cast<void>(citus::wake_backup_agent(*group.session, group.agent));
    }
    return failures.empty()
               ? Status()
               : Status(fail(ExitCode::not_done,
                             fmt::format("the other nodes are restored to {0}, and wait for {1}. "
                                         "Empty the data directory there, and start it with "
                                         "CITUS_RESTORE={0}",
                                         point, join(failures, ", "))));
}

Status ClusterBackup::order_restore(const Manifest& point) {
    CITUS_INIT_TRY(require_groups_of(point));
    for (auto& group : groups_) {
        if (Status asked = request_restore(group, point.name); !asked) {
            for (auto& each : groups_) {
                citus::take_back_restore_request(*each.session);
            }
            return asked;
        }
    }
    return commit_requests(point.name);
}

}  // namespace citus_init::backup
