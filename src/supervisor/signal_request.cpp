#include "supervisor/signal_request.h"

#include <signal.h>
#include <string.h>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/process/process_table.h"

namespace citus_init::supervisor {

SignalRequest request_of(int signal) {
    // The standard RT signals cannot be case labels: SIGRTMIN is a function call.
    const bool power = signal == SIGPWR || signal == SIGRTMIN + 3;  // LXC's and systemd's stop
    if (signal == SIGCHLD) {
        return SignalRequest::reap;
    }
    if (signal == SIGTERM || signal == SIGINT || power) {
        return SignalRequest::stop_fast;
    }
    if (signal == SIGQUIT) {
        return SignalRequest::stop_at_once;
    }
    if (signal == SIGHUP) {
        return SignalRequest::reload;
    }
    return signal == SIGUSR1 ? SignalRequest::report_state : SignalRequest::none;
}

std::string signal_name(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

void report_what_holds_up_the_stop() {
    std::string text;
    for (const auto& process : process::describe_processes()) {
        text += "\n" + process.text();
    }
    if (text.empty()) {
        // Of another user, or /proc is not to be read.
        text = " processes that cannot be listed (ps shows them)";
    }
    log::warning("not stopped within the deadline; still there:{}", text);
}

}  // namespace citus_init::supervisor
