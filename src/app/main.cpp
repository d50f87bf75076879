#include <unistd.h>

#include <string>
#include <variant>
#include <vector>

#include "citus_init/process/signals.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/settings/environment.h"

#include "app/child_programs.h"
#include "app/command_line.h"
#include "app/passed_on_command.h"
#include "app/supervisor/run_server.h"
#include "app/verbs/cli.h"

namespace {

using namespace citus_init;

// What the command line asks for, one overload each.
struct Run {
    const process::InheritedSignals& inherited;

    int operator()(const app::RunServer& server) const {
        return app::run_server(server.server_arguments, settings::environment_from(environ));
    }
    int operator()(const app::RunCommand& command) const {
        return app::run_passed_on_command(command.arguments, inherited);
    }
    int operator()(const app::RunVerb& verb) const {
        process::restore_signals(inherited);
        if (const auto code = app::run_child_program(verb.arguments)) {
            return *code;
        }
        return app::run_verb(verb.arguments, settings::environment_from(environ));
    }
};

}  // namespace

// No memory, or a bug: the exception ends the process, and its message is the best there is to say.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argument_count, char** argument_values) {
    // Before all else: for PID 1 a signal that finds neither mask nor handler is lost.
    const auto inherited = process::block_signals();
    process::occupy_standard_descriptors();
    const std::vector<std::string> arguments(argument_values, argument_values + argument_count);
    return std::visit(Run{inherited}, app::parse_command_line(arguments));
}
