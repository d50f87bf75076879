// The base backups of ClusterBackup.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"

#include "backup/cluster/backup_under_way.h"

namespace citus_init::backup {

namespace {

using citus::BackupState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// An agent that lives claims a request within milliseconds.
constexpr seconds kLongestUnclaimed{15};
// One that has lost its session to its server opens another.
constexpr seconds kLongestUnheld{5};
constexpr seconds kLongestUnreachable{30};

bool is_done(const GroupBackup& backup) {
    return backup.row.state == BackupState::done;
}

bool all_over(const std::vector<GroupBackup>& backups) {
    return std::all_of(backups.begin(), backups.end(),
                       [](const GroupBackup& backup) { return citus::is_over(backup.row.state); });
}

}  // namespace

// What is not as it should be, and since when.
struct ClusterBackup::Watch {
    std::optional<Clock::time_point> since;

    bool lasts(bool is_trouble, seconds longest) {
        since = is_trouble ? std::optional(since.value_or(Clock::now())) : std::nullopt;
        return since && Clock::now() - *since >= longest;
    }
};

Result<std::vector<GroupBackup>> ClusterBackup::back_up(
    const std::function<std::string(int group)>& type_of) {
    std::vector<GroupBackup> backups;
    for (const auto& group : groups_) {
        if (std::string type = type_of(group.number); !type.empty()) {
            GroupBackup& backup =
                backups.emplace_back(GroupBackup{group.number, group.node, group.stanza, {}});
            backup.row.type = std::move(type);
        }
    }
    if (const auto requested = request_all(backups); !requested) {
        cancel(backups);
        return fail(requested.error());
    }
    CITUS_INIT_TRY(follow(backups));
    CITUS_INIT_TRY(find_made(backups));
    return backups;
}

Status ClusterBackup::find_made(std::vector<GroupBackup>& backups) {
    if (std::none_of(backups.begin(), backups.end(), is_done)) {
        return {};
    }
    const auto stanzas = repository_->stanzas(group_numbers());
    if (!stanzas) {
        return fail(stanzas.error());
    }
    for (auto& backup : backups) {
        if (!is_done(backup)) {
            continue;
        }
        if (!backup.row.error.empty()) {
            observer_->message(fmt::format("{}: {}", backup.stanza, one_line(backup.row.error)));
        }
        const auto* stanza = find_stanza(*stanzas, backup.stanza);
        const auto* made = stanza == nullptr ? nullptr : stanza->find(backup.row.label);
        if (made != nullptr) {
            backup.made = *made;
            continue;
        }
        backup.row.state = BackupState::failed;
        backup.row.error = fmt::format(
            "it has made the base backup {}, and {} does not have it: "
            "is it the same repository on every node?",
            backup.row.label, repository_->settings().repository.text());
    }
    return {};
}

Status ClusterBackup::request_all(std::vector<GroupBackup>& backups) {
    for (auto& [number, node, stanza, row, made] : backups) {
        const auto request =
            citus::request_backup(*find_group(number).session, row.type, access_.caller);
        if (!request) {
            return fail(citus::sql_failure(fmt::format("cannot ask for a base backup on {}", node),
                                           request.error()));
        }
        if (request->id.empty()) {
            return fail(backup_under_way(stanza, *request->other));
        }
        row.id = request->id;
    }
    for (const auto& backup : backups) {
        CITUS_INIT_TRY(wake(find_group(backup.group)));
    }
    return {};
}

Status ClusterBackup::wake_all() {
    for (auto& group : groups_) {
        CITUS_INIT_TRY(wake(group));
    }
    return {};
}

Status ClusterBackup::wake(Group& group) {
    const auto woken = citus::wake_backup_agent(*group.session, group.agent);
    return woken ? Status()
                 : fail(citus::sql_failure(
                       fmt::format("cannot wake the agent of {}, was its container replaced?",
                                   group.node),
                       woken.error()));
}

// Each row to its end. A server that restarts is waited for.
Status ClusterBackup::follow(std::vector<GroupBackup>& backups) {
    constexpr milliseconds kPause{250};
    std::vector<Watch> watches(backups.size());
    while (!all_over(backups)) {
        if (observer_->stopped_within(kPause)) {
            cancel(backups);
            return fail(ExitCode::not_done, "given up on request; no restore point was made");
        }
        for (std::size_t i = 0; i < backups.size(); ++i) {
            if (!citus::is_over(backups[i].row.state)) {
                follow(find_group(backups[i].group), backups[i].row, watches[i]);
            }
        }
        observer_->progress(backups);
    }
    return {};
}

void ClusterBackup::follow(Group& group, citus::BackupRow& row, Watch& watch) {
    auto now =
        group.session
            ? citus::read_backup(*group.session, row.id)
            : citus::SqlResult<std::optional<citus::BackupRow>>(tl::unexpected(citus::SqlError()));
    if (!now) {
        group.session.reset();
        const Status again = connect(group);
        if (!again) {
            const auto moved = failover(group, again.error());
            if (watch.lasts(true, kLongestUnreachable) || moved) {
                row.state = BackupState::lost;
                row.error = moved.value_or(again.error()).message;
            }
        }
        return;
    }
    const auto give_up = [&](BackupState state, const char* why) {
        static_cast<void>(citus::give_up_backup(*group.session, row.id, state, why));
        row.state = state;
        row.error = why;
    };
    if (!*now) {
        return give_up(BackupState::lost, "the request is gone from citus_init.backup");
    }
    const bool was_requested = row.state == BackupState::requested;
    row = std::move(**now);
    if (row.state == BackupState::requested && watch.lasts(true, kLongestUnclaimed)) {
        give_up(BackupState::expired,
                "its agent does not respond; see the node's log and `citus-init health`");
    } else if (row.state == BackupState::running &&
               watch.lasts(!row.is_held && !was_requested, kLongestUnheld)) {
        give_up(BackupState::lost, "the server or the agent that ran it ended before it did");
    }
}

// Waits a while for the agents; what goes on after that is theirs to end.
void ClusterBackup::cancel(const std::vector<GroupBackup>& backups) {
    constexpr seconds kLongest{10};
    constexpr milliseconds kPause{200};
    for (const auto& backup : backups) {
        const Group& group = find_group(backup.group);
        if (!backup.row.id.empty() && group.session) {
            static_cast<void>(citus::cancel_backup(*group.session, backup.row.id));
        }
    }
    const auto deadline = Clock::now() + kLongest;
    for (const auto& backup : backups) {
        const Group& group = find_group(backup.group);
        while (!backup.row.id.empty() && group.session && Clock::now() < deadline) {
            const auto now = citus::read_backup(*group.session, backup.row.id);
            if (!now || !*now || citus::is_over((*now)->state) ||
                observer_->stopped_within(kPause)) {
                break;
            }
        }
    }
}

}  // namespace citus_init::backup
