#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/settings/environment.h"

#include "cli/cluster/cluster_session.h"
#include "cli/cluster/moves.h"
#include "cli/cluster/operation_verbs.h"

// What `drain` and `remove` have in common.
namespace citus_init::cli {

// The session, the node that the verb is about, and all active workers.
struct DrainedNode {
    ClusterSession cluster;
    citus::RegisteredNode node;
    citus::HeldWorkers held;
    bool away = false;  // does not answer
};

// Errors: those of open_cluster_session() and find_node(). Proves nothing yet: see
// require_proven().
[[nodiscard]] Result<DrainedNode> open_drained_node(const settings::Environment& environment,
                                                    const std::string& name);

// `not_done`
Error refusal(std::string reason);

// Moves all shards off the node, which gets none from then on. What fails leaves shouldhaveshards
// as it was.
[[nodiscard]] Result<MovesEnd> drain(DrainedNode& drained, const MoveVerbOptions& options);

// shouldhaveshards as it was before the verb, unless that would be written for another server.
// Returns `error`, with what could not be undone.
Error undone(DrainedNode& drained, Error error);

}  // namespace citus_init::cli
