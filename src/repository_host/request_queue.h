#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/timer.h"

#include "repository_host/host_configuration.h"
#include "repository_host/request_run.h"

namespace citus_init::repository_host {

// In the directory of the requests, held by the host that serves it.
inline constexpr std::string_view kLockName = "repository-host.lock";

// The directory of the requests: takes each request that a node writes there, once, passes on what
// else the node writes, and removes what nobody needs any more. Woken by inotify(7); a timer runs
// only while a request does, and for the removal of files that a node has left.
class RequestQueue {
  public:
    // All outlive it. Errors: `os`, `io`.
    [[nodiscard]] static Result<std::unique_ptr<RequestQueue>> create(
        process::EventLoop& loop, process::Children& children, const HostConfiguration& host);

    // What lies there from before: a run of a repository host that ended before it has failed, and
    // a request that is young is taken. `lost` is called when somebody has removed the directory.
    void begin(std::function<void()> lost);
    // Takes no more, and cancels what runs. `idle` is called once nothing does, and the nodes have
    // read their last answers; perhaps before this returns.
    void stop(const std::string& why, std::function<void()> idle);
    // Calls `idle` without waiting for the nodes.
    void stop_waiting();
    void kill();

  private:
    RequestQueue(process::EventLoop& loop, process::Children& children,
                 const HostConfiguration& host)
        : loop_(loop), children_(children), host_(host) {}

    void notified();
    void take_file(const backup::RequestFile& file);
    void take_request(const std::string& id);
    void refuse(const std::string& id, const std::string& why);
    // Of a host that was killed.
    void end_leftover(const std::string& id);
    void ended(const std::string& id);
    void tick();
    void remove_files(const std::string& id);
    // Of requests that have ended, and whose last file is old.
    void remove_old_files();
    void arm_sweep();
    void note_end(const std::string& id);
    void check_idle();
    std::vector<backup::RequestFile> files() const;
    std::string path_of(const backup::RequestFile& file) const;

    process::EventLoop& loop_;
    process::Children& children_;
    const HostConfiguration& host_;
    Fd notify_;
    process::Watch watch_;
    std::unique_ptr<process::Timer> second_;  // while something runs
    std::unique_ptr<process::Timer> sweep_;   // while there are files that nobody has read
    std::map<std::string, std::unique_ptr<RequestRun>> runs_;
    std::vector<std::unique_ptr<RequestRun>> finished_;  // destroyed outside of their own callbacks
    std::map<std::string, std::chrono::steady_clock::time_point> unread_;  // since their ends
    bool is_sweep_armed_ = false;
    std::function<void()> lost_;
    std::string stopping_;  // why; "" = it is not
    std::function<void()> idle_;
};

}  // namespace citus_init::repository_host
