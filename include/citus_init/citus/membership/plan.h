#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "citus_init/citus/membership/candidate.h"
#include "citus_init/citus/membership/desired_workers.h"
#include "citus_init/citus/membership/memory.h"
#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/membership/shard_proof.h"

namespace citus_init::citus {

// One probe of a server, of this pass.
struct Probe {
    SqlResult<CandidateFacts> facts;
    std::optional<ShardProof> shards;  // none: not asked
};
using Probes = std::unordered_map<HostPort, Probe, HostPortHash>;

// What is.
struct Actual {
    CandidateFacts own;
    Cluster cluster;
    std::vector<NodeRecord> records;
    StakesByGroup stakes;
    Probes probes;
    // Why this pass may only probe, "" = it may act.
    std::string observe_only;
};

// Everything that is ever done without being asked. Each loses nothing: the worker is empty, or it
// was proven to be the node that it is taken for. What is not here is an operator's decision.
enum class ActionKind {
    record_identity,          // in the coordinator's own table
    update_address,           // citus_update_node()
    set_coordinator_address,  // citus_set_coordinator_host()
    resync,                   // citus_activate_node()
    add_node,                 // citus_add_node()
    finish_upgrade,           // citus_finish_citus_upgrade()
};

// "add"
const char* action_name(ActionKind kind);

struct Action {
    ActionKind kind = ActionKind::add_node;
    HostPort address;  // the node's; for set_coordinator_address the coordinator's new one
    int node_id = 0;   // 0: has none yet
    int group_id = 0;
    HostPort old_address;  // update_address
    Identity identity;     // as proven; none for the coordinator's own
    std::string reason;
};

// A worker as this pass sees it.
struct NodeReport {
    HostPort address;
    NodeState state = NodeState::absent;
    std::optional<NodeClass> node_class;  // none: not probed yet
    std::string reason;
    bool alarm = false;
    bool desired = true;
    TimePoint since{};
    int node_id = 0;  // 0: not registered
    int group_id = 0;
    std::optional<Identity> identity;
    Stakes stakes;
};

struct MembershipPolicy {
    HostPort coordinator;  // under which workers reach this node
    // Between two reads of pg_dist_node when all is well.
    std::chrono::milliseconds interval{10'000};
    double random = 0;  // in [0, 1), for jitter
};

// A worker is to be asked for the shards of a group: its own, or of the node that it seems to be.
struct WantedProof {
    HostPort address;
    int group_id = 0;
};

struct Plan {
    std::vector<Action> actions;  // in the order in which they are to be carried out
    std::vector<NodeReport> nodes;
    Memory memory;
    std::string stopped;    // why nothing at all is done, "" = it is not so
    std::string observing;  // somebody else acts, or nobody may
    std::chrono::milliseconds next_pass{0};
    // What has to be known before it can be decided whether something is to be done: probe these,
    // and plan again from the same memory.
    std::vector<HostPort> wanted_probes;
    std::vector<WantedProof> wanted_proofs;
};

// Whom to probe in a pass that begins at `now`.
std::vector<HostPort> due_probes(const DesiredWorkers& desired, const Cluster& cluster,
                                 const Memory& memory, TimePoint now);

// Pure. Decides everything; linear in the number of nodes.
Plan plan(const DesiredWorkers& desired, const Actual& actual, const Memory& memory, TimePoint now,
          const MembershipPolicy& policy);

// The facts of an action's node, read again right before it: "" when they still allow it.
std::string objection(const Action& action, const SqlResult<CandidateFacts>& facts,
                      const CoordinatorView& view);

// What a failed call leaves: a conflict is tried again soon, at most 8 times, the rest later.
void note_failure(NodeMemory& memory, const std::string& what, const SqlError& error, TimePoint now,
                  double random);

// What a plan says of the workers, for the node's state. Bounded, since any node that has the
// cluster's secret can announce many.
struct WorkersSummary {
    // A worker that needs somebody's attention.
    struct Finding {
        HostPort address;
        std::string state;       // state_name()
        std::string node_class;  // node_class_name()
        std::string reason;      // one line, as in citus_init.node_state, at most 1500 bytes
        bool operator==(const Finding&) const = default;
    };
    int desired = 0;
    int registered = 0;             // of these
    int active = 0;                 // of these
    std::vector<Finding> findings;  // the first 20
    int more_findings = 0;
    std::string stopped;    // Plan::stopped
    std::string observing;  // Plan::observing
    bool operator==(const WorkersSummary&) const = default;
};
WorkersSummary summarize(const Plan& plan);

// "2 of 3 workers registered; w3:5432 (dirty): ..."
std::string to_string(const WorkersSummary& summary);

// What has not been said yet; remembers it as said.
std::vector<std::string> new_warnings(const std::vector<NodeReport>& nodes,
                                      const std::string& stopped, Memory& memory);

}  // namespace citus_init::citus
