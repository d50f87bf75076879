#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The clean leave of a node. Measured on Citus 11.3 to 13.2: only in this order does a node leave
// nothing behind and come back as an empty one:
//   shards moved away -> pg_dist_cleanup empty for it -> stop_metadata_sync_to_node()
//   -> citus_remove_node()
// A node that was removed without the third step keeps answering as a member.

// What a node holds that would be lost with it.
struct Holdings {
    std::int64_t placements = 0;       // of distributed tables
    std::int64_t sole_placements = 0;  // that no other node has
    std::vector<std::string> tables;   // of the sole ones
};
[[nodiscard]] SqlResult<Holdings> read_holdings(Session& coordinator, int group_id);

// Nodes that are not to have shards but have some: citus_rebalance_start(drain_only) moves off all
// of them, not only the one that is meant (citus#6267).
[[nodiscard]] SqlResult<std::vector<HostPort>> other_draining_nodes(Session& coordinator,
                                                                    int group_id);

// Whether there is a node left to take the shards of that one.
[[nodiscard]] SqlResult<bool> has_other_shard_node(Session& coordinator, int group_id);

// Keeps new shards off a node, or lets them come again. Citus sends it to all active workers, so
// `held` has to be all of them; undone (08006) where it connected to another server than is held.
[[nodiscard]] SqlResult<void> set_should_have_shards(Session& coordinator,
                                                     const RegisteredNode& node, bool wanted,
                                                     const HeldWorkers& held);

// Drops what earlier moves left for later on that group. Blocks up to `timeout`. The rest: how
// many are left.
[[nodiscard]] SqlResult<std::int64_t> clean_up(Session& coordinator, int group_id,
                                               std::chrono::milliseconds timeout);

// The names of the tables that hold a node's copies of reference tables. citus_remove_node()
// forgets them without dropping them.
[[nodiscard]] SqlResult<std::vector<std::string>> reference_copies(Session& coordinator,
                                                                   int group_id);

// The last two steps, for a node without shards of its own, in one transaction with the record that
// this very server is not wanted back. `held`: all other active workers, and the node itself where
// it answers. Its copies of reference tables are dropped over the held session, and its metadata,
// so that it is as empty as it came. Undone (08006) where Citus connected to another server than is
// held.
[[nodiscard]] SqlResult<void> remove_empty_node(Session& coordinator, const RegisteredNode& node,
                                                const HeldWorkers& held);

}  // namespace citus_init::citus
