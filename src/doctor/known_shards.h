#pragma once

#include <vector>

#include "citus_init/citus/session.h"
#include "citus_init/doctor/examination.h"

namespace citus_init::doctor {

// Takes out of `unplaced` of each subject what the coordinator knows: placements of the node's
// group, and names in pg_dist_cleanup. To be called after all nodes were asked: a move that ends
// between the answers of two nodes leaves a shard that neither of them explains, and a node without
// metadata explains none of its shards. Where the coordinator cannot be asked, `unplaced` is empty
// afterwards, and `unread` has the reason. Connects only if there is something to ask.
void drop_known_shards(citus::Connector& connector, std::vector<Subject>& subjects);

}  // namespace citus_init::doctor
