#include "citus_init/supervisor/entrypoint/run_server.h"

#include <functional>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/preparation.h"
#include "citus_init/process/signals.h"
#include "citus_init/render/without_postmaster.h"
#include "citus_init/supervisor/wrapped_command.h"

#include "supervisor/entrypoint/run_without_postmaster.h"
#include "supervisor/entrypoint/serve_member.h"
#include "supervisor/entrypoint/start_failure.h"
#include "supervisor/entrypoint/start_steps.h"
#include "supervisor/programs.h"
#include "supervisor/standalone/node_supervisor.h"
#include "supervisor/standalone/start_node.h"

namespace citus_init::supervisor {

namespace {

// `postgres -C NAME` of an initialised directory: the server's own program answers.
int print_setting(node::Node& node) {
    Status written = node::write_configuration(node);
    if (!written) {
        return end_with(written.error(), node.settings.supervisor);
    }
    auto arguments = node::server_command_line(node, node::ServerKind::final);
    arguments.insert(arguments.end(), {"-C", node.arguments.print_setting});
    return run_wrapped_command(arguments, process::InheritedSignals{}, "",
                               settings::as_list(plain_environment(node)));
}

std::optional<int> upgrade(node::Node& node) {
    const auto code = run_step(node);
    return code ? code : plan_next_step(node);
}

// A server that `citus-init restore` has stopped begins again as one to be restored.
int supervise(node::Node& node) {
    for (;;) {
        if (const auto code = run_step(node)) {
            return *code;
        }
        if (!node.restore || !node.restore->lacks_files()) {
            return 0;
        }
        if (const auto code = plan_next_step(node)) {
            return *code;
        }
        if (const auto code = run_restore(node)) {
            return *code;
        }
    }
}

// Whoever runs a step alone goes by its status: a stop before its end is a failure, as of any
// program that a signal ends. `is_done`: whether a stop came too late to prevent anything.
int run_alone(node::Node& node, const std::function<bool()>& is_done) {
    constexpr int kEndedBySignal = 128;
    auto supervisor = NodeSupervisor::create(node);
    if (!supervisor) {
        return end_with(supervisor.error(), node.settings.supervisor);
    }
    const int code = (*supervisor)->run();
    const int signal = (*supervisor)->stop_signal();
    return code == 0 && signal != 0 && !is_done() ? kEndedBySignal + signal : code;
}

int initialise(node::Node& node) {
    return run_alone(
        node, [&node] { return RealFilesystem().exists(node.data_directory + "/PG_VERSION"); });
}

std::optional<int> upgrade_alone(node::Node& node) {
    const int code = run_alone(node, [] { return false; });
    return code == 0 ? plan_next_step(node) : code;
}

}  // namespace

int run_server(const std::vector<std::string>& server_arguments,
               const settings::Environment& environment) {
    if (render::runs_without_postmaster(server_arguments)) {
        return run_without_postmaster(server_arguments, environment);
    }
    auto read = node::read_node(server_arguments, environment);
    if (!read) {
        return end_with(read.error(), environment);
    }
    if (read->settings.patroni) {
        return serve_member(std::move(*read), server_arguments);
    }
    const auto settings = read->settings.supervisor;
    auto node = start_node(std::move(*read), server_arguments);
    if (!node) {
        return end_with(node.error(), settings);
    }
    if (node->plan.upgrade) {
        if (const auto code = upgrade(*node)) {
            return *code;
        }
    }
    if (const auto code = run_restore(*node)) {
        return *code;
    }
    if (node->arguments.print_setting.empty()) {
        return supervise(*node);
    }
    node->plan.only_bootstrap = true;
    const int code = node->plan.bootstrap ? initialise(*node) : 0;
    return code == 0 ? print_setting(*node) : code;
}

int run_initdb_only(const std::vector<std::string>& server_arguments,
                    const settings::Environment& environment, IfInitialised if_initialised) {
    process::block_signals();
    auto read = node::read_node(server_arguments, environment);
    if (!read) {
        return end_with(read.error(), environment);
    }
    if (read->settings.patroni) {
        return end_with({ExitCode::config,
                         "CITUS_HA=patroni: Patroni makes the database, so there is nothing to "
                         "initialise beforehand. Start the server."},
                        environment);
    }
    const auto settings = read->settings.supervisor;
    auto node = start_node(std::move(*read), server_arguments);
    if (!node) {
        return end_with(node.error(), settings);
    }
    // One that is to fail at a database leaves it alone.
    if (node->plan.upgrade && if_initialised == IfInitialised::succeed) {
        if (const auto code = upgrade_alone(*node)) {
            return *code;
        }
    }
    if (node->plan.bootstrap) {
        node->plan.only_bootstrap = true;
        return initialise(*node);
    }
    if (node->plan.restore) {
        return run_step(*node).value_or(0);
    }
    fmt::print(stderr, "note: database already initialized in '{}'\n", node->data_directory);
    return if_initialised == IfInitialised::succeed ? 0 : 1;
}

}  // namespace citus_init::supervisor
