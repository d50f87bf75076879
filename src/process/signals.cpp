#include "citus_init/process/signals.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstdint>

namespace citus_init::process {

namespace {

sigset_t handled_signals() {
    sigset_t set;
    sigfillset(&set);
    // Raised by our own faults: blocking them would turn a crash into undefined behaviour.
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
        sigdelset(&set, fault);
    }
    return set;
}

}  // namespace

InheritedSignals block_signals() {
    InheritedSignals inherited;
    const sigset_t handled = handled_signals();
    ::sigprocmask(SIG_BLOCK, &handled, &inherited.mask);
    struct sigaction previous {};
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &standard, &previous);
    inherited.child_ignored = previous.sa_handler == SIG_IGN;
    return inherited;
}

Result<std::unique_ptr<SignalSource>> SignalSource::create(EventLoop& loop,
                                                           std::function<void(int)> received) {
    std::unique_ptr<SignalSource> source(new SignalSource());
    const sigset_t handled = handled_signals();
    source->fd_ = Fd(::signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!source->fd_) {
        return fail(errno_error("cannot create a signalfd", errno, ExitCode::os));
    }
    source->received_ = std::move(received);
    auto watch = loop.watch(source->fd_.get(), EPOLLIN,
                            [raw = source.get()](std::uint32_t) { raw->drain(); });
    if (!watch) {
        return fail(watch.error());
    }
    source->watch_ = std::move(*watch);
    return source;
}

void SignalSource::drain() {
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
        received_(static_cast<int>(info.ssi_signo));
    }
}

}  // namespace citus_init::process
