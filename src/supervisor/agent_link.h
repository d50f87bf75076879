#pragma once

#include <functional>
#include <memory>
#include <string>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::supervisor {

// PID 1's end of the socketpair on which the agent reports, one line per report (status/report.h).
// Reading never blocks; a line longer than kLongestLine is dropped, since only a broken agent sends
// one.
class AgentLink {
  public:
    static constexpr std::size_t kLongestLine = 131'072;  // bytes
    using LineHandler = std::function<void(const std::string& line)>;

    [[nodiscard]] static Result<std::unique_ptr<AgentLink>> create(process::EventLoop& loop,
                                                                   LineHandler handle_line);

    // The agent's end, to be handed to it; ours closes it once the agent has been started.
    int child_end() const { return child_end_.get(); }
    void close_child_end() { child_end_.reset(); }

    // Has the agent probe again what files of the user hold.
    void request_reload() const;
    // Has it ask the coordinator; its report `traffic` is the answer.
    void hold_traffic() const;

    // Reads what has arrived: the last reports of an agent that has ended.
    void drain();

  private:
    AgentLink() = default;
    void request(char what) const;
    void handle_lines();

    Fd our_end_;
    Fd child_end_;
    process::Watch watch_;
    LineHandler handle_line_;
    std::string buffer_;       // of a line that has not ended yet
    bool skips_line_ = false;  // the rest of one that was too long
};

}  // namespace citus_init::supervisor
