#pragma once

#include "citus_init/postgres/lifecycle.h"
#include "citus_init/settings/settings.h"

namespace citus_init::supervisor {

// How the settings steer the life of the node. Pure.
postgres::lifecycle::Policy policy_of(const settings::Settings& settings);

}  // namespace citus_init::supervisor
