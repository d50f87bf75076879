#pragma once

#include <chrono>
#include <string>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/session.h"

namespace citus_init::agent {

// When a worker announces itself next: at each interval until it is where it announced itself, then
// seldom, so that a coordinator restored from a backup learns of it; soon and then ever later while
// the coordinator does not take it. Pure.
class AnnouncementPace {
  public:
    explicit AnnouncementPace(std::chrono::milliseconds interval) : interval_(interval) {}

    std::chrono::milliseconds after_success(bool settled);
    std::chrono::milliseconds after_failure();

  private:
    std::chrono::milliseconds interval_;
    std::chrono::milliseconds pause_{0};  // the last one after a failure
};

// A worker's side: announces the worker to its coordinator, reads the state that the coordinator
// has recorded of it, and reports to PID 1 whether it has joined. A worker is ready without any of
// that, unless it stands in the place of another node: that holds until the coordinator has
// recorded something else.
class Announcer {
  public:
    Announcer(const AgentContext& context, Reporter& reporter);

    // Returns how long to wait before the next one. Blocks for two connections at most.
    std::chrono::milliseconds pass();

  private:
    // "" until it is known.
    const std::string& own_host();
    std::chrono::milliseconds announce(citus::Session& own);
    std::chrono::milliseconds announced(const citus::OwnPlace& place, const HostPort& address,
                                        citus::Session& coordinator);
    std::chrono::milliseconds failed(const citus::OwnPlace& place, const citus::SqlError& error);

    const AgentContext& context_;
    Reporter& reporter_;
    AnnouncementPace pace_;
    std::string host_;
    int attempts_ = 0;      // to find out the host
    bool refused_ = false;  // by what the coordinator said last, a member only in its own eyes
};

}  // namespace citus_init::agent
