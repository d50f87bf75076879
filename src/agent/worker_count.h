#pragma once

#include <chrono>
#include <optional>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// With CITUS_TUNE=auto, on a worker that clients use (CITUS_WORKER_CLIENTS): how many workers the
// cluster has, by which each node divides its pool. Of their sessions it knows its own. Reports to
// PID 1 each minute, as WorkerSessions does on the coordinator.
class WorkerCount {
  public:
    using Clock = std::chrono::steady_clock;

    // All outlive it.
    WorkerCount(const settings::Settings& settings, LocalSession& local, Reporter& reporter);

    // None where there is nothing to count for.
    std::optional<Clock::time_point> due() const { return due_; }

    // Makes the next probe due, where there is to be one.
    void probe_soon() {
        if (due_) {
            due_ = Clock::time_point{};
        }
    }

    // Blocks for a statement on the own server. What it does not answer is reported later.
    void probe(Clock::time_point now);

  private:
    LocalSession& local_;
    Reporter& reporter_;
    std::optional<Clock::time_point> due_;
};

}  // namespace citus_init::agent
