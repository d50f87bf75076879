#include "citus_init/cli/child_programs.h"

#include <utility>

#include "citus_init/agent/agent.h"
#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/patroni/member_agent.h"
#include "citus_init/agent/patroni/wait_for_dcs.h"
#include "citus_init/agent/prepare_node.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/log.h"
#include "citus_init/supervisor/log_relay.h"
#include "citus_init/supervisor/patroni/callback.h"

#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

// `citus-init agent --socket-dir DIR --port N`, beside the server for as long as that runs. SIGTERM
// ends it at once (default action).
int run_agent(const std::vector<std::string>& arguments) {
    agent::Reporter reporter = agent::make_reporter();
    auto context = agent::load_agent_context(arguments);
    if (!context) {
        const int code = static_cast<int>(context.error().code);
        reporter.fatal(context.error());
        log::error("agent, exit {} ({}): {}", code, exit_code_name(context.error().code),
                   context.error().message);
        return code;
    }
    if (context->settings.patroni) {
        return agent::run_member_agent(*context, reporter);
    }
    return agent::run_node_agent(std::move(*context), reporter);
}

}  // namespace

std::optional<int> run_child_program(const std::vector<std::string>& arguments) {
    const std::string& verb = arguments.front();
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (verb == "agent") {
        return run_agent(rest);
    }
    if (verb == "prepare-node") {
        return agent::run_prepare_node(rest);
    }
    if (verb == "callback") {
        return supervisor::run_callback(rest);
    }
    if (verb == "relay-log") {
        return supervisor::run_relay_log(rest);
    }
    if (verb == "make-certificate") {
        return run_make_certificate(rest);
    }
    if (verb == "wait-for-dcs") {
        return agent::run_wait_for_dcs(rest);
    }
    if (verb == "validate") {
        return run_validate(rest);
    }
    return std::nullopt;
}

}  // namespace citus_init::cli
