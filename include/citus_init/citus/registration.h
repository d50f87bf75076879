#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/candidate.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/node_address.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

struct RegistrationSettings {
    NodeAddress coordinator;           // under which workers reach this node
    std::vector<NodeAddress> workers;  // desired, in order
    // How to reach a worker: all but its host, port and TLS options, which are those that Citus
    // itself uses (citus.node_conninfo).
    ConnectionTarget worker_target;
    // Between two looks at pg_dist_node when all is well.
    std::chrono::milliseconds interval{10'000};
};

// What one pass did and found, for the log and the node's state.
struct PassReport {
    std::string status;                 // one line
    std::vector<std::string> changes;   // "registered the worker a:5432"
    std::vector<std::string> warnings;  // only what no earlier pass has said
    std::chrono::milliseconds next_pass{0};
};

// Brings the static list of workers into pg_dist_node: adds what is fresh, refuses the rest by
// name, tries the unreachable again for ever. It never removes, drains, re-activates or moves a
// node. Keeps between passes who is due when, and what was said already.
class WorkerRegistration {
  public:
    using Clock = std::chrono::steady_clock;
    using Random = std::function<double()>;  // in [0, 1), for jitter

    WorkerRegistration(Connector& connector, RegistrationSettings settings, Random random);

    // Looks at every worker that is due at `now`. `coordinator`: a session on this node, superuser.
    // Blocks for the probes and the citus_add_node() calls, each of which has a deadline.
    // Error: the coordinator's own session failed; the next pass needs a new one.
    [[nodiscard]] SqlResult<PassReport> pass(Session& coordinator, Clock::time_point now);

  private:
    struct Worker {
        NodeAddress address;
        Clock::time_point due{};
        int failures = 0;   // unreachable in a row
        int conflicts = 0;  // lock or deadlock errors in a row
        std::optional<Standing> standing;
        std::string reason;
        std::string warned;                // the last warning about it
        std::optional<Candidate> probed;   // in this pass
        std::optional<Identity> identity;  // when last seen
        bool in_a_cluster = false;         // its group was not 0 when last seen
    };
    struct Pass {
        Session& coordinator;
        Clock::time_point now;
        CoordinatorView view;
        std::string obstacle;  // why nothing can be added now, "" = nothing known
        bool obstacles_examined = false;
        PassReport report;
    };

    [[nodiscard]] SqlResult<void> work(Pass& pass);
    [[nodiscard]] SqlResult<void> examine_coordinator(Pass& pass);
    // True: it was changed.
    [[nodiscard]] SqlResult<bool> settle_own_address(Pass& pass);
    [[nodiscard]] SqlResult<void> finish_upgrade(Pass& pass);
    [[nodiscard]] bool metadata_may_be_lost(Pass& pass);
    void probe(Worker& worker, Pass& pass);
    [[nodiscard]] SqlResult<void> handle(Worker& worker, Pass& pass);
    [[nodiscard]] SqlResult<void> add(Worker& worker, Pass& pass);
    [[nodiscard]] SqlResult<void> add_failed(Worker& worker, const SqlError& error, Pass& pass);
    [[nodiscard]] SqlResult<void> verify_added(Worker& worker, Pass& pass);
    const std::string& obstacle(Pass& pass);
    std::string obstacle_at(const RegisteredNode& node);

    Classification classify_now(const Worker& worker, Pass& pass) const;
    bool is_due(const Worker& worker, const Pass& pass) const;
    void settle(Worker& worker, Classification classification, Pass& pass);
    void retry_later(Worker& worker, Standing standing, std::string reason, Pass& pass);
    void warn(Worker& worker, Pass& pass);
    void conclude(Pass& pass);
    ConnectionTarget target_of(const NodeAddress& address) const;

    Connector& connector_;
    RegistrationSettings settings_;
    Random random_;
    std::vector<Worker> workers_;
    std::string stopped_;  // why nothing at all is added, "" = it is not so
    bool upgrade_finished_ = false;
};

}  // namespace citus_init::citus
