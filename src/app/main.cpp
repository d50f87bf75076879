#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/spawn.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/settings/environment.h"

#include "app/agent/inherited_settings.h"
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

int main(int argument_count, char** argument_values) try {
    // A child that will read the settings. The server runs programs of any superuser of SQL as our
    // own user, which may otherwise read our memory and descriptors; exec(2) has undone PID 1's.
    if (std::getenv(app::kSettingsVariable) != nullptr) {
        process::forbid_inspection();
    }
    // Before all else: for PID 1 a signal that finds neither mask nor handler is lost.
    const auto inherited = process::block_signals();
    process::occupy_standard_descriptors();
    // Our own children are run as /proc/self/exe, after which the kernel calls them "exe".
    ::prctl(PR_SET_NAME, process::kOwnName);
    const std::vector<std::string> arguments(argument_values, argument_values + argument_count);
    return std::visit(Run{inherited}, app::parse_command_line(arguments));
} catch (const std::exception& failure) {
    // Errors are values here, so this one is a bug, or memory is out. Plain write: nothing else is
    // sure.
    static_cast<void>(std::fprintf(stderr, "citus-init: exit 70 (bug): %s\n", failure.what()));
    return static_cast<int>(ExitCode::software);
}
