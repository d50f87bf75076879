#include "app/agent/prepare_node.h"

#include <chrono>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_preparation.h"

#include "app/agent/agent_context.h"
#include "app/agent/login_role.h"

namespace citus_init::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kServerDeadline{30'000};
constexpr milliseconds kPause{50};

int failed(const Error& error) {
    // One line, since the last one is to say why.
    log::error("prepare-node, exit {} ({}): {}", static_cast<int>(error.code),
               exit_code_word(error.code), one_line(error.message));
    return static_cast<int>(error.code);
}

Status make_databases(const AgentContext& context) {
    const auto& settings = context.settings;
    std::vector<std::string> names{settings.postgres.database};
    if (settings.citus.enable && settings.citus.database != settings.postgres.database) {
        names.push_back(settings.citus.database);
    }
    const auto created =
        citus::create_missing_databases(*context.connector, context.local_target(), names);
    if (!created) {
        return fail(created.error());
    }
    for (const auto& name : *created) {
        log::info("created the database \"{}\"", name);
    }
    return {};
}

Status make_node(const AgentContext& context, Reporter& reporter) {
    CITUS_INIT_TRY(make_databases(context));
    if (!context.settings.citus.enable) {
        return {};
    }
    const auto preparation =
        citus::prepare_node(*context.connector, context.local_target(), context.node_spec());
    if (!preparation) {
        return fail(preparation.error());
    }
    for (const auto& change : preparation->changes) {
        log::info("{}", change);
    }
    for (const auto& warning : preparation->warnings) {
        reporter.warning(warning);
    }
    if (!preparation->waiting_for.empty()) {
        return fail(ExitCode::data_directory, preparation->waiting_for);
    }
    reporter.node(node_report(*preparation, context.settings.citus.database,
                              ensure_login_role(context, reporter)));
    return {};
}

}  // namespace

int run_prepare_node(const std::vector<std::string>& arguments) {
    const auto context = load_agent_context(arguments);
    if (!context) {
        return failed(context.error());
    }
    Reporter reporter = make_reporter();
    const auto deadline = std::chrono::steady_clock::now() + kServerDeadline;
    for (;;) {
        const Status made = make_node(*context, reporter);
        if (made) {
            return 0;
        }
        if (made.error().code != ExitCode::unavailable ||
            std::chrono::steady_clock::now() > deadline) {
            return failed(made.error());
        }
        if (reporter.parent_gone_within(kPause)) {
            return failed({ExitCode::unavailable, "PID 1 is gone"});
        }
    }
}

}  // namespace citus_init::app
