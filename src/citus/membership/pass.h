#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/citus/membership/reconciler.h"

#include "citus/membership/kept_sessions.h"

namespace citus_init::citus {

// Whether a failure of a statement about other nodes was ours: Citus reports a worker's broken
// connection with the same SQLSTATE.
inline SqlResult<void> check_own_session(Session& session) {
    const auto answer = session.query("SELECT 1");
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return {};
}

// What one pass of a Reconciler has gathered.
struct Reconciler::Pass {
    Session& coordinator;
    const DesiredWorkers& desired;
    TimePoint now;
    Actual actual;
    double random = 0;
    PassReport report;
    KeptSessions sessions;
    Probes after;                       // of nodes that were changed, since then
    bool halted = false;                // nothing more is to be called in this pass
    std::optional<HeldWorkers> held{};  // while it acts: all members
    std::string mark{};                 // connection_mark() of the coordinator's session

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
