#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/process/timer.h"
#include "citus_init/status/node_status.h"

namespace citus_init::supervisor {

// When a node that is not ready says so in the log: 8 s after a reason first appeared, then once a
// minute. Reasons that change all the time delay no line. Pure.
class NotReadyLog {
  public:
    using Milliseconds = std::chrono::milliseconds;

    // What has been published at `now`, any monotonic clock.
    void observe(const status::NodeStatus& status, Milliseconds now);

    // How long until take_due() has a line; none: nothing to wait for.
    std::optional<Milliseconds> until_due(Milliseconds now) const;

    // The line that is due by now, as a message of `level`.
    struct Line {
        bool is_warning = true;  // initdb, init scripts and recovery may take long: no fault
        std::string text;
    };
    std::optional<Line> take_due(Milliseconds now);

  private:
    struct Period {
        Milliseconds start{0};
        std::optional<Milliseconds> new_reason_since;
        std::optional<Milliseconds> last_line;
        std::string last_reason;
        status::NodeStatus status;
    };
    Milliseconds due() const;

    std::optional<Period> period_;
};

// The shell around it: one timer of PID 1's loop, armed only while the node is not ready.
class NotReadyReporter {
  public:
    [[nodiscard]] static Result<std::unique_ptr<NotReadyReporter>> create(process::EventLoop& loop);
    void observe(const status::NodeStatus& status);

  private:
    NotReadyReporter() = default;
    void write_due();
    void arm();

    NotReadyLog log_;
    std::unique_ptr<process::Timer> timer_;
};

}  // namespace citus_init::supervisor
