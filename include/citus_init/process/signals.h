#pragma once

#include <signal.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::process {

// What the process was started with, to be given back to a wrapped command. Dispositions other
// than SIGCHLD's are never changed, so an ignored signal stays ignored in every child of exec(2).
struct InheritedSignals {
    sigset_t mask{};
    bool child_ignored = false;  // SIGCHLD was SIG_IGN, which would have the kernel reap for us
};

// Blocks every signal and sets SIGCHLD to its default. First thing in main: until the mask stands,
// the kernel drops for PID 1 whatever has no handler (signal(7), pid_namespaces(7)). The
// synchronous faults are blocked too, since somebody may send them to us; our own fault still ends
// us, as the kernel unblocks a signal that it forces (kernel/signal.c, force_sig_info_to_task).
InheritedSignals block_signals();

// Gives mask and SIGCHLD's disposition back. For a child between fork(2) and exec(2).
void restore_signals(const InheritedSignals& inherited);

// Blocks until a signal is pending and takes it, the lowest number first; none when `timeout` has
// passed. For a process without an event loop; needs no descriptor. Call block_signals() before.
std::optional<int> wait_for_signal(std::optional<std::chrono::nanoseconds> timeout = std::nullopt);

// Blocks for `longest`, or until somebody asks a program on a terminal to end (SIGINT, SIGTERM,
// SIGHUP, SIGQUIT): true. Other signals, such as SIGWINCH of a terminal, are dropped. Call
// block_signals() before.
[[nodiscard]] bool end_is_wanted_within(std::chrono::nanoseconds longest);

// Whether a blocked request to end (SIGTERM, SIGINT, SIGQUIT, SIGPWR, SIGRTMIN+3) is pending; it
// stays so. For what takes long before there is an event loop that would take it.
bool stop_is_pending();

// Gives every blocked signal to `received`, one call each, through a signalfd(2). A SIGPIPE that a
// write of our own raised is nobody's message and is dropped, here and in wait_for_signal().
class SignalSource {
  public:
    // The source may be destroyed inside `received`.
    [[nodiscard]] static Result<std::unique_ptr<SignalSource>> create(
        EventLoop& loop, std::function<void(int signal)> received);

  private:
    SignalSource() = default;

    Fd fd_;
    Watch watch_;
};

}  // namespace citus_init::process
