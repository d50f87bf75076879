#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/host_port.h"
#include "citus_init/citus/own_connection.h"
#include "citus_init/status/condition.h"

namespace citus_init::agent {

status::Condition condition_of(const citus::OwnConnectionFailure& failure);

// Whether Citus can connect to its own node: tried when something may have changed it (a start, a
// reload, another registered address), and again each reconcile interval while it fails. No more,
// so that a server that is full for a moment does not make a node that serves not ready.
class OwnConnectionWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it.
    OwnConnectionWatch(const AgentContext& context, Reporter& reporter);

    // When to probe next; none: only when asked to.
    std::optional<Clock::time_point> due() const { return due_; }
    void probe_soon();

    // Connects, and reports the result to PID 1. Blocks for citus.node_connection_timeout at most.
    void probe(Clock::time_point now);

    // The two steps of probe(): whether the connection succeeds, and the report of the last attempt
    // to PID 1. An attempt without a result changes nothing, unless it is the first. `unused`: a
    // session without a cached connection of Citus; none: one is opened.
    [[nodiscard]] bool try_once(std::unique_ptr<citus::Session> unused = {});
    void report(Clock::time_point now);

  private:
    const AgentContext& context_;
    Reporter& reporter_;
    std::optional<HostPort> unregistered_;
    std::optional<Clock::time_point> due_;
    status::Condition failure_;  // of the last try
    bool is_known_ = false;      // the last try found it out
    bool was_known_ = false;     // any try did
};

}  // namespace citus_init::agent
