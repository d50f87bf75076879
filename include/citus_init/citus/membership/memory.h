#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/membership/candidate.h"

namespace citus_init::citus {

using MembershipClock = std::chrono::steady_clock;
using TimePoint = MembershipClock::time_point;

// Where a worker is on its way into the cluster. Removing one is an operator's verb.
enum class NodeState {
    absent,       // not looked at yet
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

// What one pass leaves to the next about one address. Lost with the process, which costs time only.
struct NodeMemory {
    TimePoint due{};  // for the next probe
    NodeState state = NodeState::absent;
    std::optional<NodeClass> node_class;
    std::string reason;
    bool alarm = false;  // the reason is worth a warning
    std::string warned;  // the last warning about it
    TimePoint since{};   // in this state

    bool registered = false;  // when last looked at
    bool whole = false;       // its shards were found since it last was away
    std::optional<Identity> identity;
    int group_id = 0;  // what it believed when last seen; survives its absence

    int failures = 0;   // looks without an answer, in a row
    int waits = 0;      // times that something stood in the way, in a row
    int conflicts = 0;  // lock or deadlock errors in a row
    std::optional<TimePoint> away_since;
    std::optional<TimePoint> waiting_since;
    std::optional<TimePoint> unsynced_since;
    std::optional<TimePoint> moved_since;
    std::optional<TimePoint> missing_since;
    // The last call about it failed: why, and when the next one may be made.
    std::string call_failure;
    bool call_alarm = false;
    std::optional<TimePoint> act_after;
};

struct Memory {
    std::unordered_map<HostPort, NodeMemory, HostPortHash> nodes;
    NodeMemory coordinator;  // only its call_failure and act_after
    bool upgrade_finished = false;
    std::string stopped_warned;
};

}  // namespace citus_init::citus
