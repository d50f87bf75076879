#pragma once

#include <string>
#include <utility>

#include "citus_init/health/state.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/settings/settings.h"

namespace citus_init::supervisor {

// Why clients cannot use a node that would be ready.
struct Closed {
    std::string why;        // "" = they can
    bool is_final = false;  // nothing changes by waiting
    // In recovery: how far it is. Else what clients wait for, though the node was prepared. "" =
    // nothing.
    std::string waits_for{};
};

// What is published of a state of the machine: the phase, and one line why. `recovering`: the
// server was not shut down cleanly before it was started. Pure.
std::pair<health::Phase, std::string> phase_of_node(const postgres::lifecycle::State& state,
                                                    const postgres::lifecycle::Policy& policy,
                                                    bool recovering, const Closed& closed = {});

// The machine's, from the settings.
postgres::lifecycle::Policy policy_of_node(const settings::Settings& settings);

}  // namespace citus_init::supervisor
