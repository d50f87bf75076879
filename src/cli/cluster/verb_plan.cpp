#include <chrono>
#include <cstdio>
#include <utility>

#include "citus_init/agent/worker_sources.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/citus/sql_failure.h"

#include "cli/cluster/operation_verbs.h"
#include "cli/cluster/plan_text.h"
#include "cli/cluster/running_node.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

Result<citus::Plan> preview(const agent::AgentContext& context) {
    auto session = context.connector->connect(context.local_target());
    if (!session) {
        return fail(citus::sql_failure("cannot connect to the local server", session.error()));
    }
    if (const auto ours = citus::check_own_schema(**session); !ours) {
        return fail(citus::sql_failure("cannot use what is there under our names", ours.error()));
    }
    agent::Reporter to_the_log{Fd()};
    agent::WorkerSources sources(context, to_the_log, agent::Announcements::only_read);
    const auto settings = context.reconciler_settings();
    const auto desired = sources.desired(**session, settings.coordinator);
    if (!desired) {
        return fail(citus::sql_failure("cannot read who announced himself", desired.error()));
    }
    citus::Reconciler reconciler(*context.connector, settings, [] { return 0.0; });
    auto plan = reconciler.preview(**session, *desired, std::chrono::steady_clock::now());
    if (!plan) {
        return fail(citus::sql_failure("cannot read the cluster", plan.error()));
    }
    return std::move(*plan);
}

}  // namespace

int run_plan(const settings::Environment& environment, bool json) {
    const auto context = find_running_node(environment);
    if (!context) {
        return end_verb(context.error());
    }
    if (context->settings.citus.role != settings::Role::coordinator) {
        return end_verb(
            {ExitCode::config, "only a coordinator plans its cluster: call this verb on it"});
    }
    const auto plan = preview(*context);
    if (!plan) {
        return end_verb(plan.error());
    }
    static_cast<void>(std::fputs((json ? plan_json(*plan) : plan_text(*plan)).c_str(), stdout));
    return 0;
}

}  // namespace citus_init::cli
