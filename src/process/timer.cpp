#include "citus_init/process/timer.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace citus_init::process {

Result<std::unique_ptr<Timer>> Timer::create(EventLoop& loop, std::function<void()> expired,
                                             TimerClock clock) {
    std::unique_ptr<Timer> timer(new Timer());
    const int clock_id = clock == TimerClock::boot ? CLOCK_BOOTTIME : CLOCK_MONOTONIC;
    timer->fd_ = Fd(::timerfd_create(clock_id, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!timer->fd_) {
        return fail(errno_error("cannot create a timer", errno, ExitCode::os));
    }
    // The callback holds all that it uses, since the timer may be destroyed inside it.
    auto read_and_notify = [fd = timer->fd_.get(), expired = std::move(expired)](std::uint32_t) {
        std::uint64_t expirations = 0;
        // EAGAIN: cancelled or restarted between the event and now.
        if (::read(fd, &expirations, sizeof expirations) == sizeof expirations) {
            expired();
        }
    };
    auto watch = loop.watch(timer->fd_.get(), EPOLLIN, std::move(read_and_notify));
    CITUS_INIT_TRY(keep(timer->watch_, std::move(watch)));
    return timer;
}

void Timer::start(std::chrono::nanoseconds delay) {
    // An all-zero it_value would disarm the timer.
    const auto positive = std::max(delay, std::chrono::nanoseconds(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(positive);
    itimerspec spec{};
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (positive - seconds).count();
    ::timerfd_settime(fd_.get(), 0, &spec, nullptr);
}

void Timer::cancel() {
    const itimerspec disarmed{};
    ::timerfd_settime(fd_.get(), 0, &disarmed, nullptr);
}

}  // namespace citus_init::process
