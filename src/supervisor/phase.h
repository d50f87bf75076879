#pragma once

#include <string>
#include <utility>

#include "citus_init/health/state.h"
#include "citus_init/postgres/lifecycle.h"

namespace citus_init::supervisor {

// Why clients cannot use a node that would be ready.
struct Closed {
    std::string why;        // "" = they can
    bool is_final = false;  // nothing changes by waiting
    // In recovery: how far it is. Else what clients wait for, though the node was prepared. "" =
    // nothing.
    std::string waits_for{};
};

// What users are told about a state of the machine: the phase, and one line why. `recovering`: the
// server was not shut down cleanly before it was started. Pure.
std::pair<health::Phase, std::string> phase_of(const postgres::lifecycle::State& state,
                                               const postgres::lifecycle::Policy& policy,
                                               bool recovering, const Closed& closed = {});

}  // namespace citus_init::supervisor
