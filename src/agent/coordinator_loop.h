#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/agent/worker_sources.h"
#include "citus_init/citus/membership/node_state_table.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/operations/join_rebalance.h"
#include "citus_init/citus/session.h"

#include "agent/backoff.h"
#include "agent/local_session.h"
#include "agent/place_watch.h"
#include "agent/worker_sessions.h"

namespace citus_init::agent {

// A coordinator's side: registers desired workers whenever that cannot lose data.
class CoordinatorLoop {
  public:
    static constexpr bool kNeedsPlace = true;

    // All outlive it.
    CoordinatorLoop(const AgentContext& context, LocalSession& local, Reporter& reporter,
                    const PlaceWatch& place);

    // Returns how long to wait before the next one. Blocks for probes and calls, each
    // with a deadline.
    std::chrono::milliseconds pass();

    // What was given up may have become possible.
    void probe_again() { rebalance_.try_anew(); }
    static bool is_urgent() { return false; }

    // Whether every desired worker took part in the last pass.
    bool is_complete() const { return is_complete_; }

    // Whether the last pass changed who is a member.
    bool take_new_members() { return std::exchange(new_members_, false); }

  private:
    [[nodiscard]] citus::SqlResult<citus::PassReport> reconcile();
    // Whoever started them: Citus resolves a node's name anew for each shard.
    [[nodiscard]] citus::SqlResult<void> stop_moves_to_lost(const citus::PassReport& report);
    [[nodiscard]] citus::SqlResult<citus::JoinRebalanceReport> rebalance(
        const citus::PassReport& report);
    void log_changes(const std::vector<std::string>& changes,
                     const std::vector<std::string>& warnings);
    void ensure_node_role();
    void report_member(const citus::PassReport& report);
    void report_states(const citus::PassReport& report);
    [[nodiscard]] citus::SqlResult<void> write_states(const citus::PassReport& report);
    std::chrono::milliseconds server_away(const citus::SqlError& error);

    const AgentContext& context_;
    Reporter& reporter_;
    WorkerSources sources_;
    HostPort own_address_;
    std::mt19937 generator_;
    citus::Reconciler reconciler_;
    citus::JoinRebalance rebalance_;
    WorkerSessions worker_sessions_;
    LocalSession& local_;
    const PlaceWatch& place_;
    citus::Session* session_ = nullptr;  // of this pass
    bool node_role_is_there_ = false;
    citus::NodeStateTable table_;
    bool table_is_there_ = false;
    std::optional<bool> was_member_;  // as reported last
    bool new_members_ = false;
    bool is_complete_ = false;
    Backoff backoff_;
};

}  // namespace citus_init::agent
