#include <unordered_set>

#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

namespace {

// Who calls from there has not the identity of whom was found there.
bool says_to_be_another(const NodeMemory& memory, const DesiredWorkers& desired,
                        const HostPort& address) {
    const auto announced = desired.announced.find(address);
    return announced != desired.announced.end() && memory.identity &&
           *memory.identity != announced->second;
}

}  // namespace

std::vector<HostPort> due_probes(const DesiredWorkers& desired, const Cluster& cluster,
                                 const Memory& memory, TimePoint now) {
    std::unordered_set<HostPort, HostPortHash> registered;
    for (const auto& row : cluster.workers) {
        registered.insert(row.address);
    }
    std::vector<HostPort> due;
    std::unordered_set<HostPort, HostPortHash> seen;
    const auto inspect = [&](const HostPort& address) {
        if (!seen.insert(address).second) {
            return;
        }
        const auto known = memory.nodes.find(address);
        // Also when somebody added or removed it meanwhile.
        if (known == memory.nodes.end() || known->second.due <= now ||
            known->second.registered != registered.contains(address) ||
            says_to_be_another(known->second, desired, address)) {
            due.push_back(address);
        }
    };
    for (const auto& address : desired.addresses) {
        inspect(address);
    }
    for (const auto& row : cluster.workers) {
        inspect(row.address);
    }
    return due;
}

}  // namespace citus_init::citus
