#include "app/child_programs.h"

#include "app/agent/agent.h"
#include "app/agent/prepare_node.h"
#include "app/high_availability/callback.h"
#include "app/high_availability/wait_for_dcs.h"
#include "app/supervisor/log_relay.h"
#include "app/verbs/verbs.h"

namespace citus_init::app {

std::optional<int> run_child_program(const std::vector<std::string>& arguments) {
    const std::string& verb = arguments.front();
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (verb == "agent") {
        return run_agent(rest);
    }
    if (verb == "prepare-node") {
        return run_prepare_node(rest);
    }
    if (verb == "callback") {
        return run_callback(rest);
    }
    if (verb == "relay-log") {
        return run_relay_log(rest);
    }
    if (verb == "make-certificate") {
        return run_make_certificate(rest);
    }
    if (verb == "wait-for-dcs") {
        return run_wait_for_dcs(rest);
    }
    if (verb == "validate") {
        return run_validate(rest);
    }
    return std::nullopt;
}

}  // namespace citus_init::app
