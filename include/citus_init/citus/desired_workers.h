#pragma once

#include <vector>

#include "citus_init/citus/node_address.h"

namespace citus_init::citus {

// Who ought to be a worker now.
struct DesiredWorkers {
    std::vector<NodeAddress> addresses;  // in the order of registration, none twice
    // False: a source could not be asked, so that who is missing here may be wanted all the same.
    bool complete = true;
    bool operator==(const DesiredWorkers&) const = default;
};

// CITUS_WORKERS first, then what discovery found, then who announced himself. Host names are the
// same in any case of their letters; the first spelling stays. `own` is left out. Pure.
DesiredWorkers join_workers(const std::vector<std::vector<NodeAddress>>& sources, bool complete,
                            const NodeAddress& own);

}  // namespace citus_init::citus
