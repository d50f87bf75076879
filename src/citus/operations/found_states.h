#pragma once

#include <vector>

#include "citus_init/citus/operations/node_listing.h"

namespace citus_init::citus {

// Adds who the nodes are, and what the coordinator's agent has found about them; and the workers
// that are no nodes. What an older coordinator has no table for stays unknown.
[[nodiscard]] SqlResult<void> add_what_was_found(Session& coordinator,
                                                 std::vector<NodeListing>& listings);

}  // namespace citus_init::citus
