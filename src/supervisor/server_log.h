#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/base/fd.h"
#include "citus_init/base/log_feed.h"
#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/process/children.h"
#include "citus_init/process/timer.h"
#include "citus_init/supervisor/log_relay.h"

namespace citus_init::supervisor {

// The way of the stderr of a server, or of initdb, through `citus-init relay-log`, where its lines
// are to be changed. We keep the reading end open, so that a relay that dies is replaced and
// nothing is lost: the server would otherwise be killed by SIGPIPE. Never blocks but for
// wait_until_drained().
class ServerLog {
  public:
    // All outlive it. `feed`: gets the lines as well, where there is one.
    ServerLog(process::Children& children, const node::Node& node, const log::Feed& feed)
        : children_(children), node_(node), feed_(feed) {}

    // The descriptor for the server's stderr; to be closed once the server was spawned.
    // `report_end`: where the relay reports what the mode has it report; both must outlive this
    // log.
    [[nodiscard]] Result<Fd> open(process::EventLoop& loop, RelayMode mode, int report_end = -1);
    // A relay that was stopped by a signal goes on: with its pipe full the server would stand
    // still, and what it keeps must not be lost. After Children::reap().
    void continue_if_stopped() const;
    // The server is gone: the relay ends with the last line.
    void close() { reading_end_.reset(); }
    bool draining() const { return relay_.has_value(); }

  private:
    using Clock = std::chrono::steady_clock;

    Status start_relay();
    void start_again();

    process::Children& children_;
    const node::Node& node_;
    const log::Feed& feed_;
    RelayMode mode_ = RelayMode::json;
    int report_end_ = -1;
    Fd reading_end_;
    std::unique_ptr<process::Timer> again_;
    Clock::time_point started_{};  // the last one
    int relays_ = 0;               // started so far
    std::optional<pid_t> relay_;   // the last one, while it lives
};

}  // namespace citus_init::supervisor
