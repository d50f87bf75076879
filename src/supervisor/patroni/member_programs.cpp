#include "supervisor/patroni/member_programs.h"

#include <unistd.h>

#include <csignal>

#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/postgres/installation.h"

namespace citus_init::supervisor {

using patroni::lifecycle::Child;

namespace {

// Patroni hands its environment on to the server, but for its own variables.
Program patroni_program(const Member& member, int log_end) {
    auto environment = settings::patroni_environment(member.node.environment).environment;
    // The container's PGHOST, PGOPTIONS ... are for its clients: libpq would take them for whatever
    // Patroni does not say itself.
    std::erase_if(environment,
                  [](const auto& variable) { return variable.first.starts_with("PG"); });
    environment["PATH"] = postgres::path_with(environment["PATH"], member.node.bin_directory);
    for (const auto& [name, value] : member.passwd_entry) {
        std::string& there = environment[name];
        if (name == "LD_PRELOAD" && !there.empty()) {
            there.insert(0, value + ':');
        } else {
            there = value;
        }
    }
    environment["CITUS_PATRONI_DIR"] = member.patroni().directory;
    Program program;
    program.command.arguments = {"patroni", patroni::configuration_path(member.patroni())};
    program.command.environment = settings::as_list(environment);
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
