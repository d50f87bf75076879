#pragma once

#include <chrono>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

#include "agent/announcer.h"
#include "agent/traffic_hold.h"

namespace citus_init::agent {

// What a worker's agent does once the node is usable: lets its traffic go where that is held,
// announces it, and, when PID 1 is about to stop the node, has its traffic held.
class WorkerLoop {
  public:
    // Its coordinator has to find it, wherever it is now.
    static constexpr bool kNeedsPlace = false;

    // Both outlive it.
    WorkerLoop(const AgentContext& context, Reporter& reporter)
        : reporter_(reporter), hold_(context), announcer_(context, reporter) {}

    // Returns how long to wait before the next one, unless PID 1 wants something. Blocks for a few
    // connections at most.
    std::chrono::milliseconds pass();

    void probe_again() {}
    // PID 1 waits for it.
    bool is_urgent() const { return reporter_.hold_wanted(); }
    bool take_new_members() { return false; }
    static bool is_complete() { return false; }

  private:
    Reporter& reporter_;
    TrafficHold hold_;
    Announcer announcer_;
    // Whatever the setting is now: it may have been another when the node was stopped.
    bool released_ = false;
};

}  // namespace citus_init::agent
