#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/membership/plan.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

struct ReconcilerSettings {
    HostPort coordinator;  // under which workers reach this node
    // How to reach a worker: all but its host, port and TLS options, which are those that Citus
    // itself uses (citus.node_conninfo).
    ConnectionTarget worker_target;
    // Between two reads of pg_dist_node when all is well.
    std::chrono::milliseconds interval{10'000};
    bool note_joins = false;  // for JoinRebalance
    // Why a worker must not join although it is fresh (NodeClass), "" = nothing stands against it.
    // Asked right before an addition and of a preview, with a session to each; null: nothing is
    // asked.
    std::function<std::string(Session& coordinator, Session& newcomer)> reason_against{};
};

// What one pass did and found, for the log and the node's state.
struct PassReport {
    WorkersSummary summary;
    std::vector<std::string> changes;   // "registered the worker a:5432"
    std::vector<std::string> warnings;  // only what no earlier pass has said
    std::vector<NodeReport> nodes;
    int joined = 0;               // that were added
    std::string stopped;          // why nothing at all is done, "" = it is not so
    bool read_only_pass = false;  // somebody else acts, or nobody may
    std::chrono::milliseconds next_pass{0};
};

// Brings pg_dist_node to what is desired, as far as that can lose nothing: probes (in parallel),
// plans (plan.h), and executes the plan's actions one at a time, each node probed again right
// before. Keeps between passes who is due when and what was said already.
class Reconciler {
  public:
    using Random = std::function<double()>;  // in [0, 1), for jitter

    Reconciler(Connector& connector, ReconcilerSettings settings, Random random);

    // `coordinator`: a session on this node, superuser. Blocks for the probes and the calls, each
    // of which has a deadline; starts no new call after 30 s. Without the advisory lock that
    // another supervisor holds, and on a server that cannot be written to, it only probes. Error:
    // the coordinator's own session failed; the next pass needs a new one.
    [[nodiscard]] SqlResult<PassReport> pass(Session& coordinator, const DesiredWorkers& desired,
                                             TimePoint now);

    // What the first pass would do and why. Changes nothing, takes no lock.
    [[nodiscard]] SqlResult<Plan> preview(Session& coordinator, const DesiredWorkers& desired,
                                          TimePoint now);

  private:
    struct Pass;

    [[nodiscard]] SqlResult<Plan> probe(Pass& pass, std::vector<HostPort> due);
    [[nodiscard]] SqlResult<void> read_coordinator(Pass& pass);
    [[nodiscard]] SqlResult<void> note_positions(Pass& pass);
    [[nodiscard]] SqlResult<void> probe(Pass& pass, const std::vector<HostPort>& addresses,
                                        const std::vector<WantedProof>& proofs);
    [[nodiscard]] SqlResult<Plan> work(Pass& pass, const std::vector<HostPort>& due);
    [[nodiscard]] SqlResult<Plan> act(Pass& pass, Plan plan);
    Plan plan_with(const Pass& pass, const Memory& memory);

    [[nodiscard]] SqlResult<void> carry_out(const Action& action, Pass& pass, Memory& memory);
    [[nodiscard]] SqlResult<void> record(const Action& action, Pass& pass, NodeMemory& memory);
    [[nodiscard]] SqlResult<void> forget(const RegisteredNode& row, Pass& pass, NodeMemory& memory);
    // Why the coordinator must not change its address: another server answers as it. "" = it may.
    std::string other_leader(const Action& action, Pass& pass);
    [[nodiscard]] static SqlResult<void> let_lone_coordinator_have_shards(const HostPort& address,
                                                                          Pass& pass);
    [[nodiscard]] SqlResult<void> set_coordinator_address(const Action& action, Pass& pass,
                                                          NodeMemory& memory);
    [[nodiscard]] SqlResult<void> add_node(const Action& action, Pass& pass, NodeMemory& memory);
    [[nodiscard]] SqlResult<void> update_address(const Action& action, Pass& pass,
                                                 NodeMemory& memory);
    [[nodiscard]] SqlResult<void> resync(const Action& action, Pass& pass, NodeMemory& memory);
    [[nodiscard]] SqlResult<void> finish_upgrade(const Action& action, Pass& pass, Memory& memory);
    // Holds all active workers (HeldWorkers) to the end of the acting. What stands in the action's
    // way, "" = nothing. Error: of the coordinator's session.
    [[nodiscard]] SqlResult<std::string> hold_members(const Action& action, Pass& pass);
    [[nodiscard]] SqlResult<Candidate> hold_candidate(const Action& action, Pass& pass);
    void wait_for(const Action& action, const std::string& in_the_way, const Pass& pass,
                  NodeMemory& memory);
    // Of a preview: nodes that must not join are not to be added.
    void refuse_newcomers(Plan& plan, Pass& pass);
    // Of a newcomer that must not join: notes why.
    static void refuse(const Action& action, std::string reason, const Pass& pass,
                       NodeMemory& memory);
    // Whether the node is still what the action was planned for; else notes why not.
    bool may_still(const Action& action, const SqlResult<CandidateFacts>& facts, const Pass& pass,
                   NodeMemory& memory);
    // The node, held, when the action is still allowed.
    [[nodiscard]] SqlResult<std::optional<Candidate>> still_allowed(const Action& action,
                                                                    Pass& pass, NodeMemory& memory);
    [[nodiscard]] SqlResult<void> verify(const Action& action, Pass& pass, NodeMemory& memory,
                                         Candidate candidate);
    [[nodiscard]] SqlResult<void> failed(const std::string& what, const SqlError& error, Pass& pass,
                                         NodeMemory& memory);

    Connector& connector_;
    ReconcilerSettings settings_;
    Random random_;
    Memory memory_;
    std::optional<CandidateFacts> own_;
    std::vector<NodeRecord> records_;
    StakesByGroup stakes_;
};

}  // namespace citus_init::citus
