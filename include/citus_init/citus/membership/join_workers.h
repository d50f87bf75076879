#pragma once

#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/desired_workers.h"

namespace citus_init::citus {

// The workers of all sources, in this order: CITUS_WORKERS, what discovery found, who announced
// himself. Host names are the same in any case of their letters; the first spelling stays. `own`,
// which a discovered name may well lead to, is left out, but where it is listed: that is a mistake
// has to be reported. Pure.
DesiredWorkers join_workers(const std::vector<HostPort>& listed,
                            const std::vector<HostPort>& discovered,
                            const std::vector<Announcement>& announced, bool complete,
                            const HostPort& own);

}  // namespace citus_init::citus
