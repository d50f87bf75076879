#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "citus_init/citus/membership/plan.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

struct ProbeRequest {
    HostPort address;
    std::optional<ShardNames> shards;  // to be searched for
};

struct OpenProbe {
    Probe probe;
    std::unique_ptr<Session> session;  // null where the probe failed
};

// Probes all of them at a time, each on a session of its own. A peer that never answers costs the
// target's deadlines, and the others nothing. The connector is used by several threads.
std::vector<OpenProbe> probe_all(Connector& connector, const ConnectionTarget& like,
                                 const std::vector<ProbeRequest>& requests);

// `like` with another host and port.
ConnectionTarget target_at(const ConnectionTarget& like, const HostPort& address);

}  // namespace citus_init::citus
