#pragma once

namespace citus_init::citus {

// Where a worker is on its way into the cluster. Removing one is an operator's verb.
enum class NodeState {
    absent,       // not probed yet
    unreachable,  // not registered; no session, tried again and again
    not_ready,    // not registered; answers, but cannot be a node yet
    adding,       // fresh: is added, or waits for what stands in the way
    active,       // registered and healthy
    suspect,      // registered; does not answer, or not yet found whole
    moving,       // answers under a new address, is followed once that is proven
    resync,       // registered and whole, but its metadata is out of date
    lost,         // registered, but whoever answers has not the node's data. Never touched
    blocked,      // refused until somebody does something
};

// "not ready"
const char* state_name(NodeState state);

// Whether a worker in this state serves the cluster's queries: it counts as active, the cluster is
// complete with it, and a rebalance waits for no such worker.
bool takes_part(NodeState state);

}  // namespace citus_init::citus
