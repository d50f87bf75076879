#include "citus_init/agent/prepare_node.h"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/core.h>

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/node_state_table.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/traffic_hold.h"

#include "agent/local_session.h"
#include "agent/login_role.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kServerDeadline{30'000};
constexpr milliseconds kPause{50};

int failed(const Error& error) {
    // One line, since the last one is to say why.
    log::error("prepare-node, exit {} ({}): {}", static_cast<int>(error.code),
               exit_code_name(error.code), one_line(error.message));
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

// The bootstrap server has no TCP, and Citus connects to its own node, for instance to copy the
// rows of a table that an init file distributes: until the agent of the final server registers the
// address that other nodes use, the node is registered under its socket's directory.
citus::NodeSpec bootstrap_spec(const AgentContext& context) {
    citus::NodeSpec spec = context.node_spec();
    spec.socket = HostPort{context.server.socket_directory, context.server.port};
    return spec;
}

citus::SqlResult<void> make_for_workers(citus::Session& session, bool has_mesh) {
    using citus::SqlResult;
    using Ensure = SqlResult<bool> (*)(citus::Session&);
    using Let = SqlResult<void> (*)(citus::Session&);
    constexpr std::array<std::pair<Ensure, Let>, 4> kFunctions{
        {{citus::ensure_announcements, citus::let_newcomers_announce},
         {citus::ensure_node_state_table, citus::let_nodes_ask_their_state},
         {citus::ensure_member_check, citus::let_nodes_check_members},
         {citus::ensure_traffic_hold, citus::let_nodes_hold_traffic}}};
    if (has_mesh) {
        if (auto made = citus::ensure_node_role(session); !made) {
            return made;
        }
    }
    for (const auto& [ensure, let] : kFunctions) {
        if (const auto made = ensure(session); !made) {
            return tl::unexpected(made.error());
        }
        if (auto let_in = has_mesh ? let(session) : SqlResult<void>{}; !let_in) {
            return let_in;
        }
    }
    return {};
}

// The role that workers come as and the functions that they call are there before the coordinator
// listens, so that no worker asks for what is not there yet. The agent makes up for what fails
// here.
void get_ready_for_workers(citus::Session& local, const settings::CitusSettings& settings) {
    if (settings.role != settings::Role::coordinator || !settings.may_have_workers()) {
        return;
    }
    if (const auto made = make_for_workers(local, settings.has_mesh()); !made) {
        log::debug("not ready for workers yet: {}", made.error().text());
    }
}

Status make_node(const AgentContext& context, Reporter& reporter) {
    CITUS_INIT_TRY(make_databases(context));
    if (!context.settings.citus.enable) {
        return {};
    }
    auto preparation =
        citus::prepare_node(*context.connector, context.local_target(), bootstrap_spec(context));
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
    LocalSession local(*context.connector, context.local_target());
    local.adopt(std::move(preparation->session));
    const auto session = local.get();
    const auto ours = session ? citus::ensure_own_schema(**session)
                              : citus::SqlResult<void>(tl::unexpected(session.error()));
    if (!ours) {
        return fail(citus::sql_failure("cannot make the schema citus_init", ours.error()));
    }
    status::NodeReport report = node_report(*preparation, context.settings.citus.database,
                                            ensure_login_role(**session, reporter));
    report.server_id.clear();  // an init script may create the extension anew
    reporter.report(report);
    get_ready_for_workers(**session, context.settings.citus);
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

}  // namespace citus_init::agent
