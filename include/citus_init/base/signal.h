#pragma once

#include <csignal>

namespace citus_init {

// What the lifecycles send to processes; each is the number that kill(2) takes.
enum class Signal {
    terminate = SIGTERM,
    interrupt = SIGINT,
    quit = SIGQUIT,
    kill = SIGKILL,
    hangup = SIGHUP,
    resume = SIGCONT,
};

}  // namespace citus_init
