#pragma once

#include <unordered_map>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/node_facts.h"

namespace citus_init::citus {

// The workers that somebody wants in the cluster, whoever said so.
struct DesiredWorkers {
    std::vector<HostPort> addresses;  // in the order in which they are to be added; no doubles
    // False: whom we ask could not list all of them now, so that the absence of a name says
    // nothing.
    bool complete = true;
    // Who has announced itself of late. A hint when to probe, never a proof.
    std::unordered_map<HostPort, Identity, HostPortHash> announced{};
};

}  // namespace citus_init::citus
