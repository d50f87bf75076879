#include "supervisor/patroni/member_programs.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "citus_init/postgres/installation.h"

namespace citus_init::supervisor {

using patroni::lifecycle::Child;

namespace {

// Patroni, with the environment that the server gets from it.
Program patroni_program(const Member& member, int log_end) {
    auto environment = member.node.environment;
    environment["PATH"] = postgres::path_with(environment["PATH"], member.node.bin_directory);
    for (const auto& [name, value] : member.passwd_entry) {
        std::string& there = environment[name];
        if (name == "LD_PRELOAD" && !there.empty()) {
            there.insert(0, value + ':');
        } else {
            there = value;
        }
    }
    auto launch = member.backend->launch(member.node.settings, environment);
    Program program;
    program.command.arguments = std::move(launch.arguments);
    program.command.environment = settings::as_list(launch.environment);
    program.command.environment->insert(program.command.environment->end(),
                                        member.node.out_of_memory_environment.begin(),
                                        member.node.out_of_memory_environment.end());
    program.command.descriptors = {{log_end, STDERR_FILENO}};
    if (::getpid() != 1) {
        program.command.parent_death_signal = SIGTERM;
    }
    return program;
}

}  // namespace

Result<Program> member_program(Child child, const Member& member, int report_end, int log_end) {
    switch (child) {
        case Child::certificate:
            return own_program(member.node, {"make-certificate", member.host});
        case Child::dcs_wait:
            return reporting_program(member.node, "wait-for-dcs", report_end);
        case Child::patroni:
            return patroni_program(member, log_end);
        case Child::agent:
            return reporting_program(member.node, "agent", report_end);
    }
    return fail(ExitCode::software, "unknown child");
}

}  // namespace citus_init::supervisor
