#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "citus_init/http/server/server.h"
#include "citus_init/monitor/snapshot.h"
#include "citus_init/status/node_status.h"

#include "web/log_tail.h"

namespace citus_init::web {

// What the page shows: as JSON for whoever asks, and as server-sent events (HTML, 9.2) for whoever
// keeps a connection. None of it waits for SQL. For the listener's thread.
class LiveOverview {
  public:
    struct Sources {
        std::function<status::NodeStatus()> status;
        std::function<std::shared_ptr<const monitor::Snapshot>()> snapshot;
    };
    // `log_feed`: the feed's descriptor, -1 = none.
    LiveOverview(Sources sources, int log_feed) : sources_(std::move(sources)), log_(log_feed) {}

    http::ServerResponse json() const;
    // A stream, which begins with the overview of now and the last lines of the log.
    http::ServerResponse events() const;

    // The events that the streams are due: new lines, and an overview where something is new or
    // none was sent for 15 s. "" = none. Called once a second, without streams too, so that the
    // last lines are kept.
    std::string next_events(bool has_streams);

    // LogTail::dropped()
    std::uint64_t dropped_lines() const { return log_.dropped(); }

  private:
    std::string overview() const;
    bool is_due();

    Sources sources_;
    LogTail log_;
    // What the last overview was made of.
    std::string last_status_;
    std::shared_ptr<const monitor::Snapshot> last_snapshot_;
    std::chrono::steady_clock::time_point last_sent_{};
};

}  // namespace citus_init::web
