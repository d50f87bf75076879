#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/membership/reconciler.h"

#include "citus/membership/kept_sessions.h"

namespace citus_init::citus {

// What one pass of a Reconciler has gathered.
struct Reconciler::Pass {
    Session& coordinator;
    const DesiredWorkers& desired;
    TimePoint now;
    Actual actual;
    double random = 0;
    PassReport report;
    KeptSessions sessions;
    Probes after;         // of nodes that were changed, since then
    bool halted = false;  // nothing more is to be called in this pass

    [[nodiscard]] SqlResult<void> read_cluster_again() {
        auto cluster = read_cluster(coordinator);
        if (!cluster) {
            return tl::unexpected(cluster.error());
        }
        actual.cluster = std::move(*cluster);
        return {};
    }
};

}  // namespace citus_init::citus
