#pragma once

#include <optional>
#include <string>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/node_state_table.h"
#include "citus_init/status/condition.h"

namespace citus_init::agent {

// What a worker reports of itself, once it has announced itself.
struct OwnState {
    status::Condition membership{};
    bool joined = false;
    bool settled = false;       // the coordinator has nothing else to learn or to report soon
    status::Condition unfit{};  // why clients must not be sent here; none: they may be
    std::string warning{};      // "" = none
};

// From what it knows itself, and from what its coordinator says of the name that it announced:
// none, where that does not know it yet or cannot be asked. Pure.
OwnState own_state(const citus::OwnPlace& place, const HostPort& announced,
                   const HostPort& coordinator,
                   const std::optional<citus::RecordedOwnState>& recorded);

}  // namespace citus_init::agent
