#include "app/run_server.h"

#include <csignal>
#include <thread>

#include "app/start.h"
#include "app/supervisor.h"
#include "citus_init/base/log.h"
#include "citus_init/process/signals.h"

namespace citus_init::app {

namespace {

// CITUS_ON_FATAL=hold before there is anything to supervise: stay until told to stop, so that one
// can look inside.
void hold_until_told_to_stop() {
    log::error("staying up for a look inside (CITUS_ON_FATAL=hold); send SIGTERM to end");
    sigset_t set;
    sigfillset(&set);
    for (int signal = 0; signal != SIGTERM && signal != SIGINT && signal != SIGQUIT;) {
        ::sigwait(&set, &signal);
    }
}

}  // namespace

int run_server(const std::vector<std::string>& server_arguments,
               const settings::Environment& environment) {
    auto node = start_node(server_arguments, environment);
    if (!node) {
        return fatal(node.error(), environment);
    }
    auto supervisor = Supervisor::create(*node);
    if (!supervisor) {
        return fatal(supervisor.error(), environment);
    }
    return (*supervisor)->run();
}

}  // namespace citus_init::app
