#pragma once

#include <chrono>
#include <optional>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// Reports how far the recovery of the server is, while it is in it. That it ends is for PID 1 to
// notice, which then starts another agent: what this one prepared, it prepared by reading only.
class RecoveryWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it. The first probe is due at once.
    RecoveryWatch(LocalSession& local, Reporter& reporter) : local_(local), reporter_(reporter) {}

    // None: the server is not in recovery, and never will be in this agent's life.
    std::optional<Clock::time_point> due() const { return due_; }

    // Blocks as a statement on the local server does.
    void probe(Clock::time_point now);

  private:
    LocalSession& local_;
    Reporter& reporter_;
    std::optional<Clock::time_point> due_ = Clock::time_point{};
};

}  // namespace citus_init::agent
