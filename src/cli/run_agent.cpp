#include "cli/run_agent.h"

#include <utility>

#include "citus_init/agent/agent.h"
#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/member/member_agent.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/base/log.h"

namespace citus_init::cli {

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

}  // namespace citus_init::cli
