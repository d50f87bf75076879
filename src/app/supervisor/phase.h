#pragma once

#include <string>
#include <utility>

#include "citus_init/health/state.h"
#include "citus_init/postgres/lifecycle.h"

namespace citus_init::app {

// What users are told about a state of the machine: the phase, and one line why. `recovering`: the
// server was not shut down cleanly before it was started. `unfit`: why clients must not be sent to
// a node that would be ready, "" = they may be. Pure.
std::pair<health::Phase, std::string> phase_of(const postgres::lifecycle::State& state,
                                               const postgres::lifecycle::Policy& policy,
                                               bool recovering, const std::string& unfit = {});

}  // namespace citus_init::app
