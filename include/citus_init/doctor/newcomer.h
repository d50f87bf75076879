#pragma once

#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::doctor {

// Why a worker must not be added to the cluster of this coordinator: what the checks find that keep
// a worker from being added (Check::keeps_out), and what mends it; "" = nothing. What cannot be
// read stands against nobody. Three statements on each session.
std::string reason_against(citus::Session& coordinator, citus::Session& newcomer);

}  // namespace citus_init::doctor
