#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

namespace citus_init::supervisor {

// What is published of a state of the machine: the phase, and its condition. `waits_for`: what
// clients wait for, as this agent has reported it. Pure.
std::pair<status::Phase, status::Condition> phase_of_member(
    const patroni::lifecycle::State& state, const status::Condition& waits_for = {});

// The lease that is published after `pulse`, of a leader key that lasts `ttl` from each renewal;
// none: the member is no primary. `before`: what was published; it stays where the pulse does not
// show the age of the lease, so that it runs out. `now`: seconds since 1970. Pure.
std::optional<status::LeaseStatus> lease_after(const ha::Pulse& pulse, std::chrono::seconds ttl,
                                               std::int64_t now,
                                               const std::optional<status::LeaseStatus>& before);

// The machine's, from the settings.
patroni::lifecycle::Policy policy_of_member(const settings::Settings& settings,
                                            const ha::Backend& backend);

}  // namespace citus_init::supervisor
