#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/timer.h"

#include "repository_host/host_configuration.h"
#include "repository_host/output_pipe.h"

namespace citus_init::repository_host {

// `pgbackrest server`, which the nodes connect to. One that ends is started anew, within
// CITUS_RESTART_LIMIT and CITUS_RESTART_WINDOW.
class BackupServer {
  public:
    // All outlive it. `gone`: it has ended for good, with that exit status. Errors: `os`.
    [[nodiscard]] static Result<std::unique_ptr<BackupServer>> create(
        process::EventLoop& loop, process::Children& children, const HostConfiguration& host,
        std::function<void(int)> gone);
    ~BackupServer();

    // Error `os`: it cannot be executed.
    [[nodiscard]] Status start();
    void reload() const { signal(SIGHUP); }
    // `gone` gets 0 once it has ended, perhaps before this returns.
    void stop(int number);
    void kill() const { signal(SIGKILL); }

  private:
    using Clock = std::chrono::steady_clock;

    BackupServer(process::EventLoop& loop, process::Children& children,
                 const HostConfiguration& host, std::function<void(int)> gone)
        : loop_(loop), children_(children), host_(host), gone_(std::move(gone)) {}
    void signal(int number) const;
    void exited(process::ExitStatus status);

    process::EventLoop& loop_;
    process::Children& children_;
    const HostConfiguration& host_;
    std::function<void(int)> gone_;
    std::unique_ptr<process::Timer> restart_;
    std::unique_ptr<OutputPipe> errors_;
    pid_t pid_ = 0;
    bool is_stopping_ = false;
    std::deque<Clock::time_point> ends_;
};

}  // namespace citus_init::repository_host
