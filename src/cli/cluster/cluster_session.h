#pragma once

#include <memory>
#include <string>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/citus/session.h"
#include "citus_init/settings/environment.h"

#include "cli/cluster/running_node.h"

namespace citus_init::cli {

// What an operator's verb works with: a session on the coordinator, from whatever node of the
// cluster the verb is called on (`docker exec`).
struct ClusterSession {
    agent::AgentContext node;                     // this one
    std::unique_ptr<citus::Session> coordinator;  // as the superuser, with the membership prologue
    // How this node reaches others: all but their host and port.
    citus::ConnectionTarget node_target;

    // All active workers, inspected under their node locks: identity and shards. Blocks up to 10 s
    // for a lock. What could not be proven is in the result.
    [[nodiscard]] Result<citus::HeldWorkers> hold_workers() const;

    // Whether any server lets this role in there.
    bool answers(const HostPort& address) const;
};

// Errors: those of find_running_node(), `unavailable` (no coordinator).
[[nodiscard]] Result<ClusterSession> open_cluster_session(const settings::Environment& environment);

}  // namespace citus_init::cli
