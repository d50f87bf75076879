#include "citus_init/supervisor/entrypoint/run_server.h"

#include <csignal>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/preparation.h"
#include "citus_init/node/restoring.h"
#include "citus_init/process/signals.h"
#include "citus_init/supervisor/wrapped_command.h"

#include "supervisor/patroni/run_member.h"
#include "supervisor/programs.h"
#include "supervisor/publisher.h"
#include "supervisor/standalone/node_supervisor.h"
#include "supervisor/standalone/start_node.h"

namespace citus_init::supervisor {

namespace {

// The settings may be what is wrong, so these are read as they stand.
std::string variable(const settings::Environment& environment, const std::string& name,
                     const std::string& otherwise) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? otherwise : found->second;
}

// CITUS_ON_FATAL=hold where there is nothing to supervise yet.
void hold(const Error& error, const settings::Environment& environment) {
    Publisher publisher(
        variable(environment, "CITUS_RUN_DIR", settings::SupervisorSettings().run_directory));
    status::NodeStatus status;
    status.phase = status::Phase::failed;
    status.condition = {status::ConditionKind::ended, "", "", error.message};
    status.condition.number = static_cast<int>(error.code);
    status.since = utc_now();
    publisher.publish(std::move(status));
    log::error("staying up for inspection (CITUS_ON_FATAL=hold); SIGTERM ends it");
    for (int signal = 0; signal != SIGTERM && signal != SIGINT && signal != SIGQUIT;) {
        signal = process::wait_for_signal().value_or(0);
    }
}

int end_with(const Error& error, const settings::Environment& environment) {
    if (error.code == ExitCode::os && process::stop_is_pending()) {
        log::info("stopped on request before the server was started");
        return 0;
    }
    const int code = static_cast<int>(error.code);
    log::error("exit {} ({}): {}", code, exit_code_name(error.code), error.message);
    if (variable(environment, "CITUS_ON_FATAL", "exit") == "hold") {
        hold(error, environment);
    }
    return code;
}

// `postgres -C NAME` of an initialised directory: the server's own program answers.
int print_setting(node::Node& node) {
    Status written = node::write_configuration(node);
    if (!written) {
        return end_with(written.error(), node.environment);
    }
    auto arguments = node::server_command_line(node, node::ServerKind::final);
    arguments.insert(arguments.end(), {"-C", node.arguments.print_setting});
    return run_wrapped_command(arguments, process::InheritedSignals{}, "",
                               settings::as_list(plain_environment(node)));
}

// Runs what has its own end: nothing where the start goes on, else its exit status.
std::optional<int> run_step(node::Node& node) {
    auto supervisor = NodeSupervisor::create(node);
    if (!supervisor) {
        return end_with(supervisor.error(), node.environment);
    }
    const int code = (*supervisor)->run();
    return code != 0 || (*supervisor)->stop_signal() != 0 ? std::optional(code) : std::nullopt;
}

// Nothing where there is a next step.
std::optional<int> plan_next_step(node::Node& node) {
    const Status planned = plan_again(node);
    return planned ? std::nullopt : std::optional(end_with(planned.error(), node.environment));
}

std::optional<int> upgrade(node::Node& node) {
    const auto code = run_step(node);
    return code ? code : plan_next_step(node);
}

void explain_recovery_failure(const node::Node& node) {
    log::error(
        "the recovery to the restore point {} did not come to its end: PostgreSQL's messages above "
        "say why. Where pgBackRest could not read the repository, start again once it can: it goes "
        "on. Where WAL is missing, every node has to be restored to another point, into empty "
        "data directories: `citus-init backups` lists them",
        node.restore->point);
}

// The files, then the server without Citus until the nodes have found each other (ADR 78). Each
// step ends with the next one noted in the record.
std::optional<int> restore(node::Node& node) {
    while (node.plan.restore || node::runs_without_citus(node)) {
        const auto before = node.restore;
        if (const auto code = run_step(node)) {
            if (*code != 0 && before) {
                explain_recovery_failure(node);
            }
            return code;
        }
        if (const auto code = plan_next_step(node)) {
            return code;
        }
        if (before && node.restore == before) {
            return 0;  // shut down from inside
        }
    }
    return std::nullopt;
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
        if (const auto code = restore(node)) {
            return *code;
        }
    }
}

// Whoever runs this alone goes by its status: a stop before the database was there is a failure, as
// of any program that a signal ends.
int initialise(node::Node& node) {
    constexpr int kEndedBySignal = 128;
    auto supervisor = NodeSupervisor::create(node);
    if (!supervisor) {
        return end_with(supervisor.error(), node.environment);
    }
    const int code = (*supervisor)->run();
    const int signal = (*supervisor)->stop_signal();
    const bool made = RealFilesystem().exists(node.data_directory + "/PG_VERSION");
    return code == 0 && signal != 0 && !made ? kEndedBySignal + signal : code;
}

}  // namespace

int run_server(const std::vector<std::string>& server_arguments,
               const settings::Environment& environment) {
    auto read = node::read_node(server_arguments, environment);
    if (!read) {
        return end_with(read.error(), environment);
    }
    if (read->settings.patroni) {
        const auto code = run_member(std::move(*read), server_arguments);
        return code ? *code : end_with(code.error(), environment);
    }
    auto node = start_node(std::move(*read), server_arguments);
    if (!node) {
        return end_with(node.error(), environment);
    }
    if (node->plan.upgrade) {
        if (const auto code = upgrade(*node)) {
            return *code;
        }
    }
    if (const auto code = restore(*node)) {
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
    auto node = start_node(std::move(*read), server_arguments);
    if (!node) {
        return end_with(node.error(), environment);
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
