#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "citus_init/base/host_port.h"

namespace citus_init::monitor {

using SteadyTime = std::chrono::steady_clock::time_point;

// How long until a node is asked again: the interval, after failures twice as long each time, up to
// a minute.
std::chrono::milliseconds delay_after(int consecutive_failures, std::chrono::milliseconds interval);

// When sizes are read: at once, then in each sixth pass, and so rarely that they take a twentieth
// of the time at most.
class SizeSchedule {
  public:
    // Of a pass that begins at `now`.
    bool is_due(SteadyTime now) const;
    void note_pass(bool with_sizes, SteadyTime begin, std::chrono::nanoseconds took);

  private:
    int passes_since_ = -1;  // none yet
    SteadyTime earliest_{};
};

// One node's turn.
struct NodeTurn {
    HostPort address;
    int consecutive_failures = 0;
    bool is_busy = false;
    SteadyTime due{};  // when it is asked next; at once
};

// Which node a free thread asks at `now`; none: nobody is due. The one that has been due longest
// goes first; nodes that failed get half of `threads` at most, one at least.
std::optional<std::size_t> next_turn(const std::vector<NodeTurn>& turns, std::size_t threads,
                                     SteadyTime now);

// When next_turn() may have another answer, if nothing else happens. none: never.
std::optional<SteadyTime> next_due(const std::vector<NodeTurn>& turns, SteadyTime now);

}  // namespace citus_init::monitor
