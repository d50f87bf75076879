#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/repository.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/backup_request.h"
#include "citus_init/citus/operations/restore_point.h"
#include "citus_init/citus/session.h"

namespace citus_init::backup {

class OtherDatabases;

// How to reach the cluster from wherever the caller is.
struct ClusterAccess {
    citus::Connector* connector = nullptr;  // outlives all that is opened with it
    citus::ConnectionTarget coordinator;    // as superuser; the one server without Citus
    citus::ConnectionTarget node;           // any other one, but for its host and port
    bool has_citus = true;
    std::string caller;  // who asks, for messages on the nodes: a host's name
};

// The base backup of a group while it is made.
struct GroupBackup {
    int group = 0;
    std::string node;  // "w1:5432"; "coordinator" for group 0
    std::string stanza;
    citus::BackupRow row;
    BaseBackup made{};  // once it is done
};

// Who has called: where messages and progress go, and who may end it. Called on the caller's
// thread.
class Observer {
  public:
    virtual ~Observer() = default;
    // Waits so long. True: the work is to be given up.
    [[nodiscard]] virtual bool stopped_within(std::chrono::milliseconds pause) = 0;
    virtual void message(const std::string& text) = 0;  // one line
    virtual void progress(const std::vector<GroupBackup>& groups) = 0;
};

// Base backups and restore points of a whole cluster (ADR 75). Blocks; one caller at a time in a
// cluster, which an advisory lock on the coordinator sees to. Errors: `unavailable`, a server or
// the repository cannot be reached; `identity`, another node answers in a worker's place; `locked`,
// somebody else is at work on the cluster or on a group; `not_done`, the rest. Nothing is left that
// looks like a point unless make_point() succeeds.
class ClusterBackup {
  public:
    // Connects to the primaries of all groups. `repository` and `observer` outlive it.
    [[nodiscard]] static Result<ClusterBackup> open(const ClusterAccess& access,
                                                    Repository& repository, Observer& observer);

    // Base backups of groups at once, each by its own node's agent. `type_of` a group: full, diff,
    // incr, or "" for none. Returns those that were asked for, each with how it ended
    // (row.state, row.error); an error where none was begun, or all were cancelled.
    [[nodiscard]] Result<std::vector<GroupBackup>> back_up(
        const std::function<std::string(int group)>& type_of);

    // The name for a new point: `name`, or a free one of our own for "". Errors: `usage`, no point
    // can have it; `not_done`, another point has it.
    [[nodiscard]] Result<std::string> free_name(const std::string& name);

    // Has the agent of every group restore its node in its place to `point`: all of them, or none.
    // Returns once they have the order; their servers stop then. Errors: `config`, the point is of
    // other groups than the cluster has now; `locked`; `not_done`, some have it and others do not,
    // which the message names.
    [[nodiscard]] Status order_restore(const Manifest& point);

    // A restore point of all groups from the latest base backup of each, archived without a gap
    // since then, and its manifest in the repository. Takes a name of free_name().
    [[nodiscard]] Result<Manifest> make_point(const std::string& name);

    // Why make_point() has failed: the groups that lack WAL. Empty for any other reason.
    const std::vector<MissingWal>& missing_wal() const { return missing_wal_; }

  private:
    struct Group {
        int number = 0;
        std::string node;
        std::string stanza;
        citus::ConnectionTarget target;
        std::unique_ptr<citus::Session> session;
        citus::BackupAgent agent{};
        citus::PointServer server{};
    };

    struct Watch;

    ClusterBackup(const ClusterAccess& access, Repository& repository, Observer& observer);

    Status connect_coordinator();
    Status find_groups();
    Status connect(Group& group);
    Status connect_all();
    // Behind a failure on the group's server: the group has another primary by now; none: it has
    // not, as far as the coordinator answers and knows.
    std::optional<Error> failover(const Group& group, const Error& failure);
    Group& find_group(int number);
    std::vector<int> group_numbers() const;
    Error explained(const Group& group, const Error& failure) {
        return failover(group, failure).value_or(failure);
    }
    Status request_all(std::vector<GroupBackup>& backups);
    Status follow(std::vector<GroupBackup>& backups);
    void follow(Group& group, citus::BackupRow& row, Watch& watch);
    Status find_made(std::vector<GroupBackup>& backups);
    void cancel(const std::vector<GroupBackup>& backups);
    // Of order_restore(): each of them a step.
    Status require_groups_of(const Manifest& point) const;
    Status request_restore(Group& group, const std::string& point) const;
    Status commit_requests(const std::string& point);
    Status wake_all();
    static Status wake(Group& group);
    // Of make_point(): each of them a step.
    Status reconnect();
    void warn_of_shard_moves();
    Status require_same_groups();
    Result<std::vector<PointGroup>> base_backups(const std::vector<StanzaInfo>& stanzas);
    Result<std::string> create(const std::string& name);
    OtherDatabases other_databases();
    std::string lock_holder(const std::vector<citus::OtherDatabase>& others);
    Status switch_wal(std::vector<PointGroup>& groups);
    Status wait_archived(const std::vector<PointGroup>& groups);
    Status require_wal(const Manifest& point, const std::vector<StanzaInfo>& stanzas);
    Result<std::string> unarchived(Group& group, const PointGroup& point,
                                   std::chrono::steady_clock::time_point start,
                                   std::string& reported);
    std::string archiver_failure(Group& group, const std::string& before);

    ClusterAccess access_;
    Repository* repository_;
    Observer* observer_;
    std::unique_ptr<citus::Session> coordinator_;
    citus::PointServer server_;                     // the coordinator's
    std::vector<citus::RegisteredRow> registered_;  // as of the point
    std::vector<Group> groups_;                     // by number, 0 first
    std::vector<MissingWal> missing_wal_;
};

}  // namespace citus_init::backup
