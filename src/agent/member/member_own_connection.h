#pragma once

#include <string>

#include "citus_init/agent/agent_context.h"
#include "citus_init/ha/backend/member_snapshot.h"
#include "citus_init/status/condition.h"

namespace citus_init::agent {

// Whether Citus has a connection to its own node to make here, and at this member's own address:
// it leads its group, its server takes writes, and pg_dist_node names this member already. A
// replica's registered address is its leader's; that of a member that has just been promoted still
// leads to the one before, and a connection there would only wait. Pure.
bool has_own_connection(const ha::MemberSnapshot& snapshot);

// Has Citus connect to its own node (ADR 44) when this member takes the lead, after a reload of
// anybody's, and again at each pass while that fails. For one thread.
class MemberOwnConnection {
  public:
    // The context outlives it.
    explicit MemberOwnConnection(const AgentContext& context);

    // Something may have changed it.
    void probe_soon() { is_due_ = true; }

    // Why Citus cannot connect; none: it can, or there is nothing to ask. Blocks for
    // citus.node_connection_timeout at most.
    status::Condition pass(const ha::MemberSnapshot& snapshot);

  private:
    const AgentContext& context_;
    bool is_due_ = true;
    std::string configuration_loaded_;
    status::Condition failure_;  // of the last try
};

}  // namespace citus_init::agent
