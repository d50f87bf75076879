#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/cluster/save_cluster.h"
#include "citus_init/backup/repository.h"
#include "citus_init/backup/runner.h"
#include "citus_init/backup/schedule.h"
#include "citus_init/status/node_status.h"

namespace citus_init::agent {

// With a schedule (CITUS_BACKUP_FULL_EVERY and the like), on the coordinator or the node without
// Citus: makes backups and restore points of the cluster when the repository says that they are due
// (ADR 77), in a thread of its own. Between questions it sleeps without a session.
class ScheduledBackups {
  public:
    // Both outlive it.
    ScheduledBackups(const AgentContext& context, Reporter& reporter);

    // Once the node is prepared. Without a schedule, and on a worker, it does nothing.
    void start();
    bool is_running() const { return thread_.joinable(); }

    // Thread-safe. Nothing is made before it is sure that this node is the coordinator of its
    // cluster, and while a worker is missing.
    void update(bool is_confirmed, bool is_complete);
    void members_changed();

  private:
    using Clock = std::chrono::steady_clock;

    // What came of a pass.
    struct Outcome {
        enum class Kind {
            idle,     // nothing is due
            made,     // and there may be more to do
            busy,     // somebody else is at work
            waiting,  // for something that is usually there soon
            failed,
        };
        Kind kind = Kind::idle;
        std::string what{};  // "backup", "restore point"
        std::string reason{};
        bool tried_point = false;  // after base backups
    };

    // What the repository and the cluster have now.
    struct Question {
        backup::SavedCluster saved;
        std::vector<std::string> missing_stanzas;
    };

    void run(const std::stop_token& stop);
    // Returns how long to wait before the next one.
    std::chrono::milliseconds pass(const std::stop_token& stop);
    Outcome attempt(const std::stop_token& stop);
    Outcome make(const backup::DueWork& due, backup::Repository& repository,
                 const std::stop_token& stop);
    // The restore point that is due although the backup before it fails, or is not tried yet.
    Outcome with_point(Outcome backup, backup::Repository& repository, const std::stop_token& stop);
    void note(backup::SaveOutcome& made, backup::Repository& repository);
    // Until the next attempt, after a failure.
    std::chrono::milliseconds until_retry() const;
    // None: the server is in recovery, and this node none that makes backups.
    [[nodiscard]] Result<std::optional<std::vector<backup::ClusterGroup>>> read_groups();
    [[nodiscard]] Result<Question> ask(std::vector<backup::ClusterGroup>& groups,
                                       backup::Repository& repository);
    [[nodiscard]] Status read_last_point(backup::Repository& repository);
    [[nodiscard]] Result<backup::ClusterAccess> access() const;
    citus::ConnectionTarget local_target() const;
    backup::ScheduleMoment moment() const;
    std::chrono::milliseconds until_due(const backup::DueWork& due) const;
    // Whether what a pass came to is to be reported as a failure.
    bool is_failure(const Outcome& outcome);
    void report(const Outcome& outcome, bool has_failed);
    bool is_complete();

    const AgentContext& context_;
    Reporter& reporter_;
    std::unique_ptr<backup::Runner> runner_;
    double jitter_;
    Clock::time_point ready_since_ = Clock::now();
    std::optional<backup::SavedCluster> saved_;   // as asked last; none: to be asked
    std::optional<backup::Manifest> last_point_;  // the latest that is known
    std::optional<Clock::time_point> waits_since_;
    std::chrono::milliseconds pause_;  // before the next attempt
    // After a failure: no backup is tried before then. Points that are due meanwhile are made.
    Clock::time_point retry_at_{};
    Outcome failed_{};  // that failure
    // Base backups by group that WAL is missing behind, as make_point() has found. What a start
    // forgets is found again by the next point.
    std::map<int, std::string> lacking_;
    status::BackupStatus status_;

    std::mutex mutex_;
    std::condition_variable_any wake_;
    bool is_confirmed_ = false;
    bool is_complete_ = false;
    bool is_ready_anew_ = true;  // what fails now may be there soon
    bool has_new_members_ = false;
    bool is_woken_ = false;
    std::jthread thread_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
