#pragma once

#include <chrono>
#include <string>

#include "app/agent/agent_context.h"
#include "app/agent/reporter.h"

namespace citus_init::app {

// Notices that the Citus database, or the extension in it, is gone while the server runs, and
// reports the node unfit for clients until it is back. A connection every half minute.
class DatabaseWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it. The first probe is due half a minute from now: the node has just been
    // prepared.
    DatabaseWatch(const AgentContext& context, Reporter& reporter);

    Clock::time_point due() const { return due_; }
    bool is_due(Clock::time_point now) const { return now >= due_; }

    // Blocks as a connection to the local server does. What cannot be found out changes nothing.
    void probe(Clock::time_point now);

    // As of the last probe.
    bool is_gone() const { return !gone_.empty(); }

  private:
    const AgentContext& context_;
    Reporter& reporter_;
    Clock::time_point due_;
    std::string gone_;  // what, and the way back; "" = nothing
};

}  // namespace citus_init::app
