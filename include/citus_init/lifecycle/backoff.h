#pragma once

#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

// The delay after `doublings` earlier ones: `first`, twice that, four times ..., 30 s at most.
Milliseconds backoff(Milliseconds first, int doublings);

}  // namespace citus_init::lifecycle
