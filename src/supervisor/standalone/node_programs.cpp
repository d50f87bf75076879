#include "supervisor/standalone/node_programs.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/preparation.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/postgres/stale_pid.h"
#include "citus_init/process/spawn.h"
#include "citus_init/render/own_files.h"

#include "supervisor/lock_files.h"

namespace citus_init::supervisor {

using postgres::lifecycle::Child;

namespace {

Program server(const node::Node& node, int log_end, node::ServerKind kind) {
    auto environment = plain_environment(node);
    const auto socket = configured_socket(node);
    if (const auto pid = postgres::excused_pid(RealFilesystem(), node.data_directory,
                                               socket.directory, socket.port)) {
        environment["PG_GRANDPARENT_PID"] = std::to_string(*pid);
    }
    if (node.has_pgpass) {
        environment["PGPASSFILE"] = render::own_files(node.settings).pgpass;
    }
    if (kind == node::ServerKind::bootstrap) {
        environment["NOTIFY_SOCKET"] = "";  // ready for us is not ready for systemd
    }
    Program program;
    program.command.arguments = node::server_command_line(node, kind);
    program.command.environment = settings::as_list(environment);
    program.command.environment->insert(program.command.environment->end(),
                                        node.out_of_memory_environment.begin(),
                                        node.out_of_memory_environment.end());
    if (::getpid() != 1) {
        program.command.parent_death_signal = SIGINT;  // a fast shutdown, should we be killed
    }
    if (log_end >= 0) {
        program.command.descriptors = {{log_end, STDERR_FILENO}};
    }
    if (node.lock.descriptor) {
        program.command.descriptors.emplace_back(node.lock.descriptor.get(), kLockDescriptor);
    }
    return program;
}

// `output`: where what it prints goes, at the level debug its stderr alone.
Result<Program> initdb(const node::Node& node, int output) {
    const auto& postgres = node.settings.postgres;
    auto launch =
        postgres::initdb_launch({.bin_directory = node.bin_directory,
                                 .major = node.postgres_major,
                                 .data_directory = node.data_directory,
                                 .user = postgres.user,
                                 .password = postgres.password,
                                 // The bootstrap syncs once, at its end.
                                 .arguments = postgres.initdb_args + " --no-sync",
                                 .wal_directory = postgres.initdb_waldir,
                                 .environment = settings::as_list(plain_environment(node))});
    if (!launch) {
        return fail(launch.error());
    }
    process::Command command = std::move(launch->command);
    command.descriptors.emplace_back(output, STDERR_FILENO);
    if (node.settings.supervisor.log_level > log::Level::debug) {
        command.descriptors.emplace_back(output, STDOUT_FILENO);
    }
    return Program{std::move(command), kept(std::move(*launch))};
}

// initdb, or the program that copies the image's template in its place where that fits. It gets
// initdb's descriptors, so its own have numbers that are free here.
Result<Program> make_cluster(const node::Node& node, int output) {
    auto made = initdb(node, output);
    if (!made || node.settings.supervisor.template_use == settings::TemplateUse::off) {
        return made;
    }
    auto block = settings_block(node);
    Fd log(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!block || !log) {
        return fail(block ? errno_error("cannot duplicate stderr", errno, ExitCode::os)
                          : block.error());
    }
    process::Command& command = made->command;
    command.file = node.program;
    command.arguments.insert(
        command.arguments.begin(),
        {process::kOwnName, "make-cluster", std::to_string(log.get()),
         std::to_string(node.postgres_major),
         fmt::format("{}/{}", node.data_directory, postgres::kInitdbDirectoryName)});
    command.descriptors.emplace_back(log.get(), log.get());
    command.descriptors.emplace_back(block->get(), block->get());
    command.environment->push_back(fmt::format("{}={}", node::kSettingsVariable, block->get()));
    made->resources =
        kept(std::make_tuple(std::move(made->resources), std::move(*block), std::move(log)));
    return made;
}

Result<Program> prepare_cluster(const node::Node& node) {
    std::vector<std::string> arguments{"prepare-cluster", std::to_string(node.postgres_major),
                                       node.bin_directory};
    if (node.is_template_copy) {
        arguments.emplace_back("copy");
    }
    return own_program(node, std::move(arguments));
}

// `output`: where what they print goes, -1: to ours.
Result<Program> init_scripts(node::Node& node, int output) {
    auto environment = settings::init_script_environment(node.environment, node.settings);
    environment["PATH"] = postgres::path_with(environment["PATH"], node.bin_directory);
    environment["PGDATA"] = node.data_directory;
    // psql has a default directory of its own; another one has to be given to it.
    const std::string directory = configured_socket(node).directory;
    if (node.stack->given("unix_socket_directories") && directory != node::kSocketDirectory) {
        environment["CITUS_INIT_SOCKET_DIRECTORY"] = directory;
        environment.emplace("PGHOST", directory);
    }
    auto launch =
        postgres::init_files_launch(postgres::kInitFilesDirectory, settings::as_list(environment));
    if (!launch) {
        return fail(launch.error());
    }
    node.init_files = std::move(*launch);
    Program program{node.init_files->command, nullptr};
    if (output >= 0) {
        program.command.descriptors.emplace_back(output, STDOUT_FILENO);
        program.command.descriptors.emplace_back(output, STDERR_FILENO);
    }
    return program;
}

// That works on the data directory, or asks about it: `verb`, with the server's own arguments.
Result<Program> directory_program(const node::Node& node, const char* verb) {
    std::vector<std::string> arguments{verb};
    arguments.insert(arguments.end(), node.given_arguments.begin(), node.given_arguments.end());
    return own_program(node, std::move(arguments));
}

Result<Program> agent(const node::Node& node, int report_end) {
    auto program = reporting_program(node, "agent", report_end);
    if (program && node.place.is_refused) {  // as another agent has found
        program->command.environment->push_back(
            fmt::format("{}=true", node::kPlaceRefusedVariable));
    }
    if (program && node.hand_over != node::HandOver::none) {
        program->command.environment->push_back(fmt::format("{}=true", node::kGroupKnownVariable));
    }
    return program;
}

}  // namespace

Result<Program> node_program(Child child, node::Node& node, int report_end, int log_end) {
    switch (child) {
        case Child::upgrade:
            // The old server and the new one run below it.
            return directory_program(node, "upgrade-data-directory");
        case Child::restore:
            return directory_program(node, "restore-data-directory");
        case Child::initdb:
            return make_cluster(node, log_end);
        case Child::certificate:
            return own_program(node, {"make-certificate", node.node_name});
        case Child::validation:
            return directory_program(node, "validate");
        case Child::single_user:
            return prepare_cluster(node);
        case Child::bootstrap_server:
            return server(node, log_end, node::ServerKind::bootstrap);
        case Child::preparation:
            return reporting_program(node, "prepare-node", report_end);
        case Child::init_scripts:
            return init_scripts(node, log_end);
        case Child::sync:
            return own_program(node, {"sync-data-directory", node.data_directory});
        case Child::server:
            return server(node, log_end, node::ServerKind::final);
        case Child::agent:
            return agent(node, report_end);
    }
    return fail(ExitCode::software, "unknown child");
}

}  // namespace citus_init::supervisor
