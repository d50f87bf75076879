#include "app/agent/high_availability/member_agent.h"

#include <utility>

#include "citus_init/http/client.h"
#include "citus_init/patroni/rest_access.h"

#include "app/agent/high_availability/pulse_watch.h"
#include "app/agent/high_availability/rest_client.h"
#include "app/node_name.h"

namespace citus_init::app {

namespace {

int failed(Reporter& reporter, const Error& error) {
    reporter.fatal(error);
    return static_cast<int>(error.code);
}

}  // namespace

int run_member_agent(const AgentContext& context, Reporter& reporter) {
    const auto access =
        patroni::own_rest_access(context.settings, node_name(context.settings.citus));
    auto pulse_client = http::Client::create();
    if (!pulse_client) {
        return failed(reporter, pulse_client.error());
    }
    const PulseWatch pulse(RestClient(std::move(*pulse_client), access), reporter);
    static_cast<void>(reporter.parent_gone_within(std::nullopt));
    return 0;
}

}  // namespace citus_init::app
