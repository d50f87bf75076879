#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::agent {

// A worker's side of a restart that nobody notices (citus/traffic_hold.h): asks the coordinator to
// hold its traffic before the node stops, and to let it go once it is back.
class TrafficHold {
  public:
    // `context` outlives it.
    explicit TrafficHold(const AgentContext& context) : context_(context) {}

    // "" once the hold is in force, else why it is not. Blocks for two connections and 2 s at most.
    // The hold itself goes on in a thread of its own and, should this program end, without it.
    std::string hold();

    // One attempt. True: there is nothing (more) to release, or nothing to be done about it: the
    // hold has its own end. False: to be tried again soon. Blocks for two connections at most.
    [[nodiscard]] bool release();

  private:
    struct Access {
        HostPort node;  // this worker, as the coordinator knows it
        citus::ConnectionTarget target;
        std::unique_ptr<citus::Session> coordinator;
    };
    // The error is a text for people.
    tl::expected<Access, std::string> reach_coordinator();

    const AgentContext& context_;
    std::optional<std::chrono::steady_clock::time_point> first_release_;
    std::jthread holder_;
};

}  // namespace citus_init::agent
