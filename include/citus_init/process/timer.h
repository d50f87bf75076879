#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::process {

// Whether the time in which the machine was suspended counts (CLOCK_BOOTTIME) or not
// (CLOCK_MONOTONIC).
enum class TimerClock { running, boot };

// A one-shot timer (timerfd_create(2)): no jump of the wall clock moves it.
class Timer {
  public:
    // The timer may be destroyed or restarted inside `expired`.
    [[nodiscard]] static Result<std::unique_ptr<Timer>> create(
        EventLoop& loop, std::function<void()> expired, TimerClock clock = TimerClock::running);

    // (Re)starts it; a zero or negative delay fires at once.
    void start(std::chrono::nanoseconds delay);
    void cancel();

  private:
    Timer() = default;

    Fd fd_;
    Watch watch_;
};

}  // namespace citus_init::process
