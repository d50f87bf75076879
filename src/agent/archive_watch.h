#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/backup/archiving.h"
#include "citus_init/backup/failure.h"
#include "citus_init/backup/runner.h"
#include "citus_init/status/node_status.h"

#include "agent/backoff.h"

namespace citus_init::agent {

// With CITUS_BACKUP: makes and checks the stanza of this node's group, watches whether WAL is
// archived, and reports both to PID 1 (ADR 74). In a thread of its own, because a repository may
// hang for minutes, and the agent must not.
class ArchiveWatch {
  public:
    // Both outlive it.
    ArchiveWatch(const AgentContext& context, Reporter& reporter);

    // Once the node is prepared. Without CITUS_BACKUP it does nothing.
    void start();
    bool is_running() const { return thread_.joinable(); }

  private:
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    // Returns how long to wait before the next one.
    std::chrono::milliseconds pass(const std::stop_token& stop);
    std::chrono::milliseconds until_checked();
    [[nodiscard]] citus::SqlResult<backup::ArchiverFacts> read_server();
    [[nodiscard]] citus::SqlResult<void> share_made(citus::Session& session);
    // Of the stanza: what there is to wait for, or what keeps WAL from it; none: nothing.
    status::Condition condition_of(const backup::ArchiverFacts& facts, const std::stop_token& stop);
    void ensure_stanza(const backup::ArchiverFacts& facts, const std::stop_token& stop);
    [[nodiscard]] std::optional<backup::Failure> try_stanza(const backup::ArchiverFacts& facts,
                                                            const std::stop_token& stop);
    [[nodiscard]] backup::Failure named(backup::Failure failure, const backup::ArchiverFacts& facts,
                                        const std::stop_token& stop);
    std::optional<backup::Failure> failure_of_archiver(const backup::ArchiverFacts& facts);
    backup::FailedStanza own_stanza(const backup::ArchiverFacts& facts) const;
    void report(const backup::ArchiverFacts& facts, status::Condition condition);
    void log_change(const status::Condition& condition);
    void log_lasting(const status::Condition& condition);

    const AgentContext& context_;
    Reporter& reporter_;
    std::unique_ptr<backup::Runner> runner_;
    std::string made_;                             // backup::stanza_place() that there is since
    std::optional<std::string> noted_;             // with Patroni: what the database has of that
    std::optional<int> group_;                     // as read last
    std::string stanza_;                           // of the group; "" = none
    bool is_checked_ = false;                      // pgbackrest check has succeeded on it
    std::optional<backup::Failure> failure_;       // of the last attempt to make or check it
    std::optional<backup::Failure> push_failure_;  // of the server's archiver
    Clock::time_point next_attempt_{};
    std::chrono::milliseconds pause_{};  // between attempts
    Backoff wait_;                       // between questions until the stanza is checked
    backup::WalRate rate_;
    std::string since_;  // when WAL was archived no more
    std::optional<status::Condition> logged_;
    std::optional<Clock::time_point> pending_since_;  // of a stanza that is known
    bool pending_is_logged_ = false;
    std::jthread thread_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
