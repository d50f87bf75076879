#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/base/log_feed.h"
#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/timer.h"

#include "supervisor/agent_link.h"

namespace citus_init::supervisor {

// `citus-init http`, where CITUS_HTTP_LISTEN asks for it. It lives as long as PID 1 does, the stop
// of the server included, and is no part of the lifecycle machine, since nothing waits for it or
// depends on it: one that ends, or reports nothing for half a minute, is replaced.
class HttpProcess {
  public:
    // All outlive it. `feed` is made when the first listener is. Errors: `os`.
    [[nodiscard]] static Result<std::unique_ptr<HttpProcess>> create(process::EventLoop& loop,
                                                                     process::Children& children,
                                                                     const node::Node& node,
                                                                     log::Feed& feed);

    // Nothing where no listener is wanted.
    void start();
    // After the settings were read anew: one with other settings takes over, where they differ.
    void reload();

    // Since PID 1 started, of those that ended unexpectedly.
    int restarts() const { return restarts_; }

  private:
    HttpProcess(process::EventLoop& loop, process::Children& children, const node::Node& node,
                log::Feed& feed)
        : loop_(loop), children_(children), node_(node), feed_(feed) {}
    [[nodiscard]] Result<pid_t> spawn();
    void take_line(const std::string& line);
    void ended(process::ExitStatus status);
    void timer_expired();
    void start_later();

    process::EventLoop& loop_;
    process::Children& children_;
    const node::Node& node_;
    log::Feed& feed_;
    std::unique_ptr<process::Timer> timer_;  // to its next report, or to its next start
    std::unique_ptr<AgentLink> link_;
    std::optional<pid_t> pid_;
    settings::HttpSettings settings_;  // those that it was started with
    std::chrono::steady_clock::time_point started_{};
    bool is_suspected_ = false;  // it was silent for once
    bool is_unwanted_ = false;   // its end was asked for
    int failures_ = 0;           // in a row
    int restarts_ = 0;
};

}  // namespace citus_init::supervisor
