// The restore points of ClusterBackup.
#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/archiving.h"
#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/cluster/cluster_groups.h"
#include "citus_init/backup/failure.h"
#include "citus_init/backup/point_name.h"
#include "citus_init/backup/restorable.h"
#include "citus_init/base/random.h"
#include "citus_init/base/text.h"
#include "citus_init/base/version.h"
#include "citus_init/citus/operations/shard_moves.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/version.h"

#include "backup/cluster/other_databases.h"

namespace citus_init::backup {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kLongestForLocks{60};
constexpr std::chrono::minutes kLongestForArchive{5};
constexpr seconds kBetweenMessages{10};

// From 14.0 on citus_create_restore_point() stops writers that begin on workers by itself
// (https://github.com/citusdata/citus/pull/8352).
bool needs_outside_locks(const std::string& citus_version) {
    constexpr int kFirstWithout = 14;
    const auto version = citus::parse_extension_version(citus_version);
    return version && version->major < kFirstWithout;
}

Error stopped(const std::string& name) {
    return {ExitCode::not_done,
            fmt::format("given up on request; there is no restore point {}", name)};
}

std::string free_default_name(const std::string& cluster, std::int64_t time,
                              const std::set<std::string>& taken) {
    std::string name = default_point_name(cluster, time);
    while (taken.contains(name)) {
        name = default_point_name(cluster, ++time);
    }
    return name;
}

}  // namespace

Result<std::string> ClusterBackup::free_name(const std::string& name) {
    if (const auto problem = name.empty() ? std::nullopt : name_problem(name)) {
        return fail(ExitCode::usage, fmt::format("\"{}\" {}", name, *problem));
    }
    CITUS_INIT_TRY(repository_->stanzas(group_numbers()));
    const auto points = repository_->points();
    if (!points) {
        return fail(points.error());
    }
    std::set<std::string> taken;
    for (const auto& point : *points) {
        taken.insert(point.name);
    }
    if (!name.empty()) {
        return !taken.contains(name)
                   ? Result<std::string>(name)
                   : fail(ExitCode::not_done,
                          fmt::format("the repository has a restore point {} already: choose "
                                      "another name (`citus-init backups` lists them)",
                                      name));
    }
    return free_default_name(repository_->settings().name, server_.time, taken);
}

Result<Manifest> ClusterBackup::make_point(const std::string& name) {
    CITUS_INIT_TRY(reconnect());
    const auto stanzas = repository_->stanzas(group_numbers());
    if (!stanzas) {
        return fail(stanzas.error());
    }
    auto groups = base_backups(*stanzas);
    if (!groups) {
        return fail(groups.error());
    }
    warn_of_shard_moves();
    const auto now = citus::read_point_server(*coordinator_);
    if (!now) {
        return fail(citus::sql_failure("cannot ask the coordinator", now.error()));
    }
    const auto target = create(name);
    if (!target) {
        return fail(target.error());
    }
    CITUS_INIT_TRY(require_same_groups());
    CITUS_INIT_TRY(switch_wal(*groups));
    CITUS_INIT_TRY(wait_archived(*groups));
    Manifest manifest;
    manifest.name = name;
    manifest.target = *target;
    manifest.cluster = repository_->settings().name;
    manifest.time = now->time;
    manifest.database = now->database;
    manifest.postgres_version = now->postgres_version;
    manifest.citus_version = now->citus_version;
    manifest.citus_init_version = version();
    manifest.groups = std::move(*groups);
    for (const auto& row : registered_) {
        manifest.nodes.push_back({row.group, row.address, row.role});
    }
    CITUS_INIT_TRY(require_wal(manifest, *stanzas));
    CITUS_INIT_TRY(repository_->write_point(manifest));
    return manifest;
}

void ClusterBackup::warn_of_shard_moves() {
    if (!access_.has_citus) {
        return;
    }
    if (const auto job = citus::unfinished_job(*coordinator_); job && *job) {
        observer_->message(
            fmt::format("warning: job {} moves shards. After a restore to this point call SELECT "
                        "citus_cleanup_orphaned_resources(), and rebalance again",
                        **job));
    }
}

// A long base backup outlives a server's restart, and so do we.
Status ClusterBackup::reconnect() {
    if (!coordinator_->query("SELECT")) {
        coordinator_.reset();
        CITUS_INIT_TRY(connect_coordinator());
    }
    for (auto& group : groups_) {
        if (!group.session || !group.session->query("SELECT")) {
            if (const Status connected = connect(group); !connected) {
                return fail(explained(group, connected.error()));
            }
        }
    }
    return {};
}

// A worker that has joined has the point in its WAL, and would be missing in the manifest.
Status ClusterBackup::require_same_groups() {
    if (!access_.has_citus) {
        return {};
    }
    auto registered = citus::read_registered(*coordinator_);
    if (!registered) {
        return fail(citus::sql_failure("cannot read pg_dist_node", registered.error()));
    }
    registered_ = std::move(*registered);
    std::set<int> now{0};
    for (const auto& row : registered_) {
        now.insert(row.group);
    }
    std::set<int> before;
    for (const auto& group : groups_) {
        before.insert(group.number);
    }
    return now == before ? Status()
                         : fail(ExitCode::not_done,
                                "a worker joined the cluster or left it meanwhile: there is no "
                                "restore point. Run the same verb again");
}

// What has finished before the point, because there is no point yet. After a restore to an earlier
// point the latest ones may be of the timeline that was left: recovery from them would not get
// here.
Result<std::vector<PointGroup>> ClusterBackup::base_backups(
    const std::vector<StanzaInfo>& stanzas) {
    std::vector<PointGroup> groups;
    std::vector<std::string> missing;
    for (const auto& group : groups_) {
        const auto* stanza = find_stanza(stanzas, group.stanza);
        auto history = read_wal_history(*group.session);
        if (!history) {
            return fail(explained(
                group, citus::sql_failure(fmt::format("cannot read the timeline of {}", group.node),
                                          history.error())));
        }
        const bool is_its_own =
            stanza != nullptr && stanza->latest() != nullptr &&
            stanza->databases.back().system_identifier == group.server.system_identifier;
        const auto* base = is_its_own ? latest_base_backup(*stanza, *history) : nullptr;
        if (base == nullptr) {
            missing.push_back(fmt::format(
                "{} ({}{})", group.stanza, group.node,
                is_its_own ? "; those in the repository are of a timeline that it left" : ""));
            continue;
        }
        PointGroup point;
        point.group = group.number;
        point.stanza = group.stanza;
        point.label = base->label;
        point.system_identifier = group.server.system_identifier;
        point.database_bytes = group.server.database_bytes;
        point.left_timelines = std::move(history->left);
        groups.push_back(std::move(point));
    }
    if (!missing.empty()) {
        return fail(ExitCode::not_done,
                    fmt::format("{} has no base backup, without which no point can be restored: "
                                "run `citus-init backup`",
                                join(missing, ", ")));
    }
    return groups;
}

// One that cannot be asked does not stand in the way of a point for the others.
OtherDatabases ClusterBackup::other_databases() {
    auto found = access_.has_citus ? OtherDatabases::open(access_, *coordinator_)
                                   : Result<OtherDatabases>(OtherDatabases());
    if (!found) {
        observer_->message(fmt::format(
            "warning: only transactions in the database \"{}\" are whole at this point: {}",
            server_.database, one_line(found.error().message)));
        return {};
    }
    return std::move(*found);
}

// The first one, for the text of a failure.
std::string ClusterBackup::lock_holder(const std::vector<citus::OtherDatabase>& others) {
    const auto holder_on = [](citus::Session& session, const std::string& node) {
        const auto holder = citus::metadata_lock_holder(session);
        return holder && !holder->empty()
                   ? fmt::format("; {}{} holds the cluster's metadata: end its transaction",
                                 *holder, node)
                   : std::string();
    };
    std::string holder = holder_on(*coordinator_, "");
    for (auto group = groups_.begin(); holder.empty() && group != groups_.end(); ++group) {
        if (group->number != 0) {
            holder = holder_on(*group->session, " on " + group->node);
        }
    }
    for (auto other = others.begin(); holder.empty() && other != others.end(); ++other) {
        holder = holder_on(*other->coordinator, " in another database with Citus");
        for (auto* worker : other->workers) {
            if (holder.empty()) {
                holder = holder_on(*worker, " on a worker, in another database with Citus");
            }
        }
    }
    return holder;
}

// What it is called in the WAL. Each attempt has a suffix of its own: of one that failed there may
// be something on some nodes.
Result<std::string> ClusterBackup::create(const std::string& name) {
    constexpr std::size_t kSuffixBytes = 4;
    constexpr milliseconds kFirstPause{250};
    constexpr milliseconds kLongestPause{4000};
    citus::PointSessions sessions{
        coordinator_.get(), {}, access_.has_citus, needs_outside_locks(server_.citus_version)};
    for (auto& group : groups_) {
        if (group.number != 0) {
            sessions.workers.push_back(group.session.get());
        }
    }
    const auto others = other_databases();
    sessions.others = others.sessions();
    const auto deadline = Clock::now() + kLongestForLocks;
    std::string reported;
    for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
        const auto suffix = random_hex(kSuffixBytes);
        if (!suffix) {
            return fail(suffix.error());
        }
        const std::string target = point_target(name, *suffix);
        const auto made = citus::make_restore_point(sessions, target);
        if (made) {
            return target;
        }
        const std::string why = one_line(made.error().text()) + lock_holder(sessions.others);
        if (citus::failure_kind(made.error()) != citus::FailureKind::conflict ||
            Clock::now() + pause >= deadline) {
            return fail(citus::failure_kind(made.error()) == citus::FailureKind::unreachable
                            ? ExitCode::unavailable
                            : ExitCode::not_done,
                        fmt::format("cannot make the restore point {}: {}", name, why));
        }
        if (std::exchange(reported, why) != why) {
            observer_->message(fmt::format("the restore point waits for locks: {}", why));
        }
        if (observer_->stopped_within(pause)) {
            return fail(stopped(name));
        }
    }
}

Status ClusterBackup::switch_wal(std::vector<PointGroup>& groups) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        const auto switched = citus::switch_wal(*groups_[i].session);
        if (!switched) {
            return fail(explained(
                groups_[i],
                citus::sql_failure(fmt::format("the restore point cannot be used, because the WAL "
                                               "of {} cannot be switched",
                                               groups_[i].node),
                                   switched.error())));
        }
        groups[i].lsn = switched->lsn;
        groups[i].wal_file = switched->file;
        groups[i].timeline = switched->timeline();
    }
    return {};
}

Status ClusterBackup::wait_archived(const std::vector<PointGroup>& groups) {
    constexpr milliseconds kFirstArchivePause{50};
    constexpr milliseconds kLongestArchivePause{1000};
    const auto start = Clock::now();
    auto messages_due = start + kBetweenMessages;
    std::vector<bool> archived(groups.size());
    std::vector<std::string> reasons(groups.size());
    for (milliseconds pause = kFirstArchivePause;;
         pause = std::min(pause * 2, kLongestArchivePause)) {
        std::vector<std::string> waiting;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (archived[i]) {
                continue;
            }
            const auto left = unarchived(groups_[i], groups[i], start, reasons[i]);
            if (!left) {
                return fail(left.error());
            }
            archived[i] = left->empty();
            if (!archived[i]) {
                waiting.push_back(*left);
            }
        }
        if (waiting.empty()) {
            return {};
        }
        if (Clock::now() - start >= kLongestForArchive) {
            return fail(ExitCode::not_done,
                        fmt::format("the restore point cannot be used, because its WAL was not "
                                    "archived within {} min: {}",
                                    kLongestForArchive.count(), join(waiting, "; ")));
        }
        if (Clock::now() >= messages_due) {
            messages_due = Clock::now() + kBetweenMessages;
            observer_->message("waiting for the archive: " + join(waiting, "; "));
        }
        if (observer_->stopped_within(pause)) {
            return fail(ExitCode::not_done,
                        "given up on request while WAL was waited for: " + join(waiting, "; ") +
                            "; there is no restore point");
        }
    }
}

// A server that has archived nothing for a while, or elsewhere, does not know that this is missing.
Status ClusterBackup::require_wal(const Manifest& point, const std::vector<StanzaInfo>& stanzas) {
    auto missing = repository_->missing_wal(point, stanzas);
    if (!missing) {
        return fail(missing.error().code,
                    fmt::format("the restore point cannot be used: {}", missing.error().message));
    }
    missing_wal_ = std::move(*missing);
    return missing_wal_.empty()
               ? Status()
               : fail(ExitCode::not_done,
                      fmt::format("there is no restore point {}, because it could not be restored. "
                                  "{}. Take a base backup (`citus-init backup`)",
                                  point.name, text_of(missing_wal_)));
}

// What is waited for, with the reason; "" = the group's WAL is archived. `reported`: the reason of
// the last call, a new one is reported.
Result<std::string> ClusterBackup::unarchived(Group& group, const PointGroup& point,
                                              Clock::time_point start, std::string& reported) {
    constexpr seconds kBeforeQuestions{2};
    const auto now = citus::is_archived(*group.session, point.wal_file);
    if (!now) {
        return fail(explained(
            group,
            citus::sql_failure(fmt::format("the restore point cannot be used: {}", group.node),
                               now.error())));
    }
    if (*now) {
        return std::string();
    }
    const std::string reason =
        Clock::now() - start < kBeforeQuestions ? "" : archiver_failure(group, reported);
    if (std::exchange(reported, reason) != reason && !reason.empty()) {
        observer_->message(fmt::format("WAL of {} is not archived: {}", group.stanza, reason));
    }
    return fmt::format("{} of {}{}", point.wal_file, group.stanza,
                       reason.empty() ? "" : " (" + reason + ")");
}

// Why its archiver does not get on; "" while it does. What it says is empty while its next attempt
// runs: then it is as `before`.
std::string ClusterBackup::archiver_failure(Group& group, const std::string& before) {
    const auto facts = read_archiver_facts(*group.session);
    if (!facts || assess_archiving(*facts) == ArchivingState::working) {
        return "";
    }
    const auto errors = citus::read_server_file(*group.session, group.agent.errors_file);
    if (errors && errors->empty()) {
        return before;
    }
    const FailedStanza of{group.stanza, repository_->settings().repository.text(),
                          group.agent.configuration};
    return text_of(read_failure(errors ? *errors : "", of));
}

}  // namespace citus_init::backup
