#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/backup/runner.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/backup_request.h"

namespace citus_init::agent {

// With CITUS_BACKUP: makes the base backups that are asked for in this node's database (ADR 75),
// one at a time, in a thread of its own, and has PID 1 restore the node where that is asked for.
// Between them it sleeps without a session or a timer until somebody writes its wake file.
class BackupWorker {
  public:
    // Both outlive it.
    BackupWorker(const AgentContext& context, Reporter& reporter);

    // Once the node is prepared. Without CITUS_BACKUP it does nothing.
    void start();
    bool is_running() const { return thread_.joinable(); }

  private:
    void run(const std::stop_token& stop);
    // False: later again, the server starts, stops or is in recovery.
    bool publish();
    // All requests that there are. False as publish(), and while a restore is asked for.
    bool serve(const std::stop_token& stop);
    // Whether PID 1 is to restore this node.
    [[nodiscard]] citus::SqlResult<bool> pass_on_restore_request();
    void make(citus::BackupRow row, const std::stop_token& stop);
    // To its end; writes how far it is into the row meanwhile, not the end.
    void follow(citus::BackupRow& row, const std::stop_token& stop);
    void note_end(citus::BackupRow& row, const Result<backup::Run>& run) const;
    // Opens a session that holds the backup lock; nullptr: it cannot be had now.
    citus::Session* session();
    // "" = it archives; else why a base backup would be of no use here.
    [[nodiscard]] citus::SqlResult<std::string> obstacle();
    citus::ConnectionTarget target() const;

    const AgentContext& context_;
    Reporter& reporter_;
    std::unique_ptr<backup::Runner> runner_;
    std::string stanza_;  // of the group; "" = not known
    std::unique_ptr<citus::Session> session_;
    bool published_ = false;
    std::jthread thread_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
