#pragma once

#include <optional>

#include "citus_init/agent/agent_context.h"
#include "citus_init/citus/session.h"
#include "citus_init/ha/backend/member_monitor.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// Takes snapshots of this member: of its manager by the monitor, of its server by SQL. For one
// thread.
class MemberProbe {
  public:
    // Both outlive it.
    MemberProbe(const AgentContext& context, ha::MemberMonitor& monitor);

    // `status`: the manager's last one; `lease`: the one that applies. Blocks for its requests and
    // statements, each with a deadline.
    ha::MemberSnapshot take_snapshot(std::optional<ha::MemberStatus> status,
                                     const ha::Lease& lease);

    // Asks each worker of the snapshot whether it is in recovery.
    void probe_workers(ha::MemberSnapshot& snapshot);

    LocalSession& local() { return local_; }

  private:
    void ask_server(ha::MemberSnapshot& snapshot);
    [[nodiscard]] citus::SqlResult<void> read_server(ha::MemberSnapshot& snapshot);

    const AgentContext& context_;
    ha::MemberMonitor& monitor_;
    LocalSession local_;
};

}  // namespace citus_init::agent
