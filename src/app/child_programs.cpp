#include "app/child_programs.h"

#include <utility>

#include "citus_init/base/log.h"

#include "app/agent/agent.h"
#include "app/agent/agent_context.h"
#include "app/agent/high_availability/member_agent.h"
#include "app/agent/prepare_node.h"
#include "app/agent/reporter.h"
#include "app/high_availability/callback.h"
#include "app/high_availability/wait_for_dcs.h"
#include "app/supervisor/log_relay.h"
#include "app/verbs/verbs.h"

namespace citus_init::app {

namespace {

// `citus-init agent --socket-dir DIR --port N`, beside the server for as long as that runs. SIGTERM
// ends it at once (default action).
int run_agent(const std::vector<std::string>& arguments) {
    Reporter reporter = make_reporter();
    auto context = load_agent_context(arguments);
    if (!context) {
        const int code = static_cast<int>(context.error().code);
        reporter.fatal(context.error());
        log::error("agent, exit {} ({}): {}", code, exit_code_word(context.error().code),
                   context.error().message);
        return code;
    }
    if (context->settings.patroni) {
        return run_member_agent(*context, reporter);
    }
    return run_node_agent(std::move(*context), reporter);
}

}  // namespace

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
