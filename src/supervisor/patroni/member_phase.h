#pragma once

#include <string>
#include <utility>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/health/state.h"
#include "citus_init/settings/settings.h"

namespace citus_init::supervisor {

// What is published of a state of the machine: the phase, and one line why. Pure.
std::pair<health::Phase, std::string> phase_of_member(const patroni::lifecycle::State& state);

// The machine's, from the settings.
patroni::lifecycle::Policy policy_of_member(const settings::Settings& settings,
                                            const ha::Backend& backend);

}  // namespace citus_init::supervisor
