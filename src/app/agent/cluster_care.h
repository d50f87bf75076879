#pragma once

#include <chrono>
#include <memory>
#include <random>

#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/membership/state_board.h"
#include "citus_init/citus/session.h"

#include "app/agent/agent_context.h"
#include "app/agent/patience.h"
#include "app/agent/reporter.h"
#include "app/agent/worker_sources.h"

namespace citus_init::app {

// A coordinator's side: who ought to be a worker is made one, as far as that can lose nothing.
class ClusterCare {
  public:
    // Both outlive it.
    ClusterCare(const AgentContext& context, Reporter& reporter);

    // Returns how long to wait before the next one. Blocks for looks and calls, each with a
    // deadline.
    std::chrono::milliseconds pass();

  private:
    [[nodiscard]] citus::SqlResult<citus::PassReport> reconcile();
    void ensure_node_role();
    void tell_states(const citus::PassReport& report);
    [[nodiscard]] citus::SqlResult<void> write_states(const citus::PassReport& report);
    std::chrono::milliseconds server_away(const citus::SqlError& error);

    const AgentContext& context_;
    Reporter& reporter_;
    WorkerSources sources_;
    citus::NodeAddress own_address_;
    std::mt19937 generator_{std::random_device{}()};
    citus::Reconciler reconciler_;
    std::unique_ptr<citus::Session> session_;
    bool node_role_is_there_ = false;
    citus::StateBoard board_;
    bool board_is_there_ = false;
    Patience patience_;
};

}  // namespace citus_init::app
