#pragma once

#include <chrono>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/ha/backend/member_monitor.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// What the leader of a group ensures, since Patroni does not: the superuser's password, the
// database of the clients, and that the configuration store holds what the settings say.
class LeaderLoop {
  public:
    // All outlive it.
    LeaderLoop(const AgentContext& context, ha::MemberMonitor& monitor, LocalSession& local,
               Reporter& reporter);

    // `snapshot`: of now; this member leads and its server takes writes.
    void pass(const ha::MemberSnapshot& snapshot);

    // Whether POSTGRES_DB is known to be there.
    bool database_is_there() const { return database_is_there_; }

  private:
    using Clock = std::chrono::steady_clock;

    void ensure_password();
    void ensure_database();

    const AgentContext& context_;
    ha::MemberMonitor& monitor_;
    LocalSession& local_;
    Reporter& reporter_;
    bool database_is_there_ = false;
    Clock::time_point next_comparison_;
};

}  // namespace citus_init::agent
