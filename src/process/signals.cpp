#include "citus_init/process/signals.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace citus_init::process {

namespace {

// Without the two that glibc keeps for itself (32 and 33), which sigfillset leaves out.
sigset_t every_signal() {
    sigset_t set;
    sigfillset(&set);
    return set;
}

// Our own write(2) to a pipe without reader: the caller has EPIPE already.
bool raised_by_our_write(int signal, pid_t sender) {
    return signal == SIGPIPE && sender == ::getpid();
}

timespec to_timespec(std::chrono::nanoseconds duration) {
    const auto positive = std::max(duration, std::chrono::nanoseconds::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(positive);
    return {seconds.count(), (positive - seconds).count()};
}

}  // namespace

InheritedSignals block_signals() {
    InheritedSignals inherited;
    const sigset_t all = every_signal();
    ::sigprocmask(SIG_BLOCK, &all, &inherited.mask);
    struct sigaction previous {};
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &standard, &previous);
    inherited.child_ignored = previous.sa_handler == SIG_IGN;
    return inherited;
}

void restore_signals(const InheritedSignals& inherited) {
    if (inherited.child_ignored) {
        struct sigaction ignored {};
        ignored.sa_handler = SIG_IGN;
        ::sigaction(SIGCHLD, &ignored, nullptr);
    }
    // sigprocmask(3) would unblock 32 and 33; the kernel's set has 64 bits.
    constexpr std::size_t kKernelSetSize = 8;
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &inherited.mask, nullptr, kKernelSetSize);
}

std::optional<int> wait_for_signal(std::optional<std::chrono::nanoseconds> timeout) {
    using std::chrono::steady_clock;
    const auto start = steady_clock::now();
    const sigset_t all = every_signal();
    for (;;) {
        timespec left{};
        if (timeout) {
            left = to_timespec(*timeout - (steady_clock::now() - start));
        }
        siginfo_t info{};
        const int signal = ::sigtimedwait(&all, &info, timeout ? &left : nullptr);
        if (signal < 0 && errno == EAGAIN) {
            return std::nullopt;
        }
        // EINTR: stopped and continued, or a debugger.
        if (signal > 0 && !raised_by_our_write(signal, info.si_pid)) {
            return signal;
        }
    }
}

bool end_is_wanted_within(std::chrono::nanoseconds longest) {
    using std::chrono::steady_clock;
    const auto end = steady_clock::now() + longest;
    for (;;) {
        const auto left = std::max(std::chrono::nanoseconds::zero(), end - steady_clock::now());
        const auto signal = wait_for_signal(left);
        if (!signal) {
            return false;
        }
        if (*signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP || *signal == SIGQUIT) {
            return true;
        }
    }
}

bool stop_is_pending() {
    sigset_t pending{};
    if (::sigpending(&pending) != 0) {
        return false;
    }
    const std::initializer_list<int> stops{SIGTERM, SIGINT, SIGQUIT, SIGPWR, SIGRTMIN + 3};
    return std::any_of(stops.begin(), stops.end(),
                       [&](int signal) { return ::sigismember(&pending, signal) == 1; });
}

Result<std::unique_ptr<SignalSource>> SignalSource::create(EventLoop& loop,
                                                           std::function<void(int)> received) {
    std::unique_ptr<SignalSource> source(new SignalSource());
    const sigset_t all = every_signal();
    source->fd_ = Fd(::signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!source->fd_) {
        return fail(errno_error("cannot create a signalfd", errno, ExitCode::os));
    }
    // One signal a call: the rest comes in the next round, in which this source may be gone.
    auto take_one = [fd = source->fd_.get(), received = std::move(received)](std::uint32_t) {
        signalfd_siginfo info{};
        if (::read(fd, &info, sizeof info) != sizeof info) {
            return;
        }
        const int signal = static_cast<int>(info.ssi_signo);
        if (!raised_by_our_write(signal, static_cast<pid_t>(info.ssi_pid))) {
            received(signal);
        }
    };
    auto watch = loop.watch(source->fd_.get(), EPOLLIN, std::move(take_one));
    CITUS_INIT_TRY(keep(source->watch_, std::move(watch)));
    return source;
}

}  // namespace citus_init::process
