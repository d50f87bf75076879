#pragma once

#include <string>

namespace citus_init::supervisor {

// What a signal asks of PID 1.
enum class SignalRequest {
    none,  // not one of the postmaster's: passed on, its default action would kill the server
    reap,
    stop_fast,
    stop_at_once,
    reload,
    report_state,
};

SignalRequest request_of(int signal);

// "SIGTERM"
std::string signal_name(int signal);

// Logs what still lives when a stop takes too long.
void report_what_holds_up_the_stop();

}  // namespace citus_init::supervisor
