#pragma once

#include <signal.h>

#include <functional>
#include <memory>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"
#include "citus_init/process/event_loop.h"

namespace citus_init::process {

// What the process was started with, to be given back to a passed-on command.
struct InheritedSignals {
    sigset_t mask{};
    bool child_ignored = false;  // SIGCHLD was SIG_IGN, which would have the kernel reap for us
};

// Blocks every signal that can be blocked (the synchronous faults stay as they are) and sets
// SIGCHLD to its default. First thing in main: until the mask stands, the kernel drops for PID 1
// whatever has no handler (signal(7), pid_namespaces(7)).
InheritedSignals block_signals();

// Gives every blocked signal to `received`, one call each, through a signalfd(2).
class SignalSource {
  public:
    [[nodiscard]] static Result<std::unique_ptr<SignalSource>> create(
        EventLoop& loop, std::function<void(int signal)> received);

  private:
    SignalSource() = default;
    void drain();

    Fd fd_;
    Watch watch_;
    std::function<void(int)> received_;
};

}  // namespace citus_init::process
