#include "supervisor/programs.h"

#include <fmt/core.h>

#include "citus_init/base/log_feed.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/process/memory_file.h"
#include "citus_init/process/spawn.h"

namespace citus_init::supervisor {

settings::Environment plain_environment(const node::Node& node) {
    auto environment = settings::child_environment(
        node.environment,
        node.bootstrapped ? settings::UserPgpassword::drop : settings::UserPgpassword::keep);
    environment["PATH"] = postgres::path_with(environment["PATH"], node.bin_directory);
    environment["PGDATA"] = node.data_directory;
    return environment;
}

Result<Fd> settings_block(const node::Node& node) {
    return process::make_memory_file("citus-init settings",
                                     settings::environment_block(node.environment));
}

Result<Program> own_program(const node::Node& node, std::vector<std::string> arguments) {
    auto block = settings_block(node);
    if (!block) {
        return fail(block.error());
    }
    // The container's PGHOST, PGHOSTADDR, PGOPTIONS ... are for its clients: libpq would take them
    // for whatever we do not say ourselves.
    auto environment = plain_environment(node);
    std::erase_if(environment, [](const auto& variable) {
        return variable.first.starts_with("PG") && variable.first != "PGDATA";
    });
    Program program;
    arguments.insert(arguments.begin(), process::kOwnName);
    program.command.file = node.program;
    program.command.arguments = std::move(arguments);
    program.command.environment = settings::as_list(environment);
    program.command.environment->push_back(
        fmt::format("{}={}", node::kSettingsVariable, kSettingsDescriptor));
    program.command.descriptors = {{block->get(), kSettingsDescriptor}};
    program.resources = kept(std::move(*block));
    return program;
}

Result<Program> reporting_program(const node::Node& node, const char* verb, int report_end) {
    auto program = own_program(node, {verb, "--socket-dir", node.socket_directory, "--port",
                                      std::to_string(node.server_port)});
    if (program) {
        add_report_end(*program, report_end);
    }
    return program;
}

void add_report_end(Program& program, int report_end) {
    program.command.descriptors.emplace_back(report_end, kReportDescriptor);
    program.command.environment->push_back(
        fmt::format("CITUS_INIT_REPORT_FD={}", kReportDescriptor));
}

void add_log_feed(process::Command& command, int feed_end) {
    if (feed_end < 0) {
        return;
    }
    command.descriptors.emplace_back(feed_end, kLogFeedDescriptor);
    command.environment->push_back(fmt::format("{}={}", log::kFeedVariable, kLogFeedDescriptor));
}

}  // namespace citus_init::supervisor
