#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/backup/host_request.h"
#include "citus_init/base/result.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"

#include "repository_host/host_configuration.h"
#include "repository_host/output_pipe.h"

namespace citus_init::repository_host {

// pgBackRest at work for one request. Writes its answers into the directory of the requests. On the
// event loop's thread; waits for nothing but that directory's file system.
class RequestRun {
  public:
    // All outlive it. `ended` is called once, after the last answer.
    RequestRun(process::EventLoop& loop, process::Children& children, const HostConfiguration& host,
               backup::HostRequest request, std::function<void()> ended);
    ~RequestRun();
    RequestRun(const RequestRun&) = delete;
    RequestRun& operator=(const RequestRun&) = delete;

    // Without success the last answer says why, and `ended` is not called.
    [[nodiscard]] bool start();
    // Each second: writes what there is to be written, and ends what has to end.
    void tick();
    // The node has given a sign of life.
    void node_lives();
    // `why`: a sentence for the node; the run is ended by SIGTERM, and later by SIGKILL.
    void cancel(std::string why);
    void kill();

    const backup::HostRequest& request() const { return request_; }

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Status spawn();
    void exited(process::ExitStatus status);
    // Again at each tick until the last answer is written, for a minute at most.
    void try_to_end();
    bool answer(backup::HostAnswer last = {});

    process::EventLoop& loop_;
    process::Children& children_;
    const HostConfiguration& host_;
    backup::HostRequest request_;
    std::function<void()> ended_;
    std::unique_ptr<OutputPipe> output_;
    std::unique_ptr<OutputPipe> errors_;
    std::string unsent_output_;
    std::string unsent_errors_;
    pid_t pid_ = 0;
    int answers_ = 0;
    std::string cancelled_;  // why; "" = it is not
    Clock::time_point cancelled_at_{};
    Clock::time_point last_answer_{};
    Clock::time_point last_sign_{};
    std::optional<backup::HostAnswer> end_;  // the last answer, once pgBackRest has ended
    Clock::time_point ended_at_{};
};

// Takes room for a last answer in a repository whose disk becomes full. Nothing where it has it.
void reserve_room(const std::string& requests);

// Writes an answer's file, the last one in the reserved room if there is no other; false: it could
// not be written, which is logged.
bool write_host_answer(const std::string& requests, const std::string& id, int number,
                       const backup::HostAnswer& answer);

}  // namespace citus_init::repository_host
