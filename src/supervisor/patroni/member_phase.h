#pragma once

#include <utility>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

namespace citus_init::supervisor {

// What is published of a state of the machine: the phase, and its condition. `waits_for`: what
// clients wait for, as this agent has reported it. Pure.
std::pair<status::Phase, status::Condition> phase_of_member(
    const patroni::lifecycle::State& state, const status::Condition& waits_for = {});

// The machine's, from the settings.
patroni::lifecycle::Policy policy_of_member(const settings::Settings& settings,
                                            const ha::Backend& backend);

}  // namespace citus_init::supervisor
