#pragma once

#include <cstdint>
#include <utility>

#include "citus_init/postgres/lifecycle.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

namespace citus_init::supervisor {

// Why clients cannot use a node that would be ready.
struct Closed {
    status::Condition why{};        // none: they can
    bool is_final = false;          // nothing changes by waiting
    status::Condition waits_for{};  // what clients wait for, though the node was prepared
    bool in_recovery = false;       // as the agent reported last
    std::int64_t stopped = 0;       // the postmaster, where a signal has stopped it
};

// What is published of a state of the machine: the phase, and its condition. `recovering`: the
// server was not shut down cleanly before it was started. Pure.
std::pair<status::Phase, status::Condition> phase_of_node(const postgres::lifecycle::State& state,
                                                          const postgres::lifecycle::Policy& policy,
                                                          bool recovering,
                                                          const Closed& closed = {});

// The machine's, from the settings.
postgres::lifecycle::Policy policy_of_node(const settings::Settings& settings);

}  // namespace citus_init::supervisor
