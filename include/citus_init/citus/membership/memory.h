#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/membership/candidate.h"
#include "citus_init/citus/membership/node_state.h"

namespace citus_init::citus {

using MembershipClock = std::chrono::steady_clock;
using TimePoint = MembershipClock::time_point;

// What one pass leaves to the next about one address. Lost with the process, which costs time only.
struct NodeMemory {
    TimePoint due{};  // for the next probe
    NodeState state = NodeState::absent;
    std::optional<NodeClass> node_class;
    std::string reason;
    bool alarm = false;  // the reason is worth a warning
    std::string warned;  // the last warning about it
    TimePoint since{};   // in this state

    bool registered = false;  // when last probed
    bool whole = false;       // its shards were found since it last was away
    std::optional<Identity> identity;
    int group_id = 0;  // what it believed when last seen; survives its absence

    int failures = 0;   // probes without an answer, in a row
    int waits = 0;      // times that something stood in the way, in a row
    int conflicts = 0;  // lock or deadlock errors in a row
    std::optional<TimePoint> away_since;
    std::optional<TimePoint> waiting_since;
    std::optional<TimePoint> unsynced_since;
    std::optional<TimePoint> moved_since;
    std::optional<TimePoint> missing_since;
    std::optional<TimePoint> refused_since;  // fresh, and something stands against it
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
