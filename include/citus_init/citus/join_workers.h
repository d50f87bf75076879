#pragma once

#include <vector>

#include "citus_init/citus/membership/desired_workers.h"
#include "citus_init/citus/node_address.h"

namespace citus_init::citus {

// The workers of several sources, the first source first: CITUS_WORKERS, then what discovery found,
// then who announced himself. Host names are the same in any case of their letters; the first
// spelling stays. `own` is left out. Pure.
DesiredWorkers join_workers(const std::vector<std::vector<NodeAddress>>& sources, bool complete,
                            const NodeAddress& own);

}  // namespace citus_init::citus
