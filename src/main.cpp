#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/cli/command_line.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/spawn.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/settings/environment.h"
#include "citus_init/supervisor/entrypoint/run_server.h"
#include "citus_init/supervisor/wrapped_command.h"

namespace {

using namespace citus_init;

// What the command line asks for, one overload each.
struct Run {
    const process::InheritedSignals& inherited;

    int operator()(const cli::RunServer& server) const {
        return supervisor::run_server(server.server_arguments, settings::environment_from(environ));
    }
    int operator()(const cli::RunCommand& command) const {
        return supervisor::run_wrapped_command(command.arguments, inherited,
                                               cli::hint_for(command));
    }
    int operator()(const cli::RunVerb& verb) const {
        process::restore_signals(inherited);
        return cli::run_verb(verb.arguments, settings::environment_from(environ));
    }
};

}  // namespace

int main(int argument_count, char** argument_values) try {
    // A child that will read the settings. The server runs programs of any superuser of SQL as our
    // own user, which may otherwise read our memory and descriptors; exec(2) has undone PID 1's.
    if (std::getenv(node::kSettingsVariable) != nullptr) {
        process::forbid_inspection();
    }
    // Before all else: for PID 1 a signal that finds neither mask nor handler is lost.
    const auto inherited = process::block_signals();
    process::occupy_standard_descriptors();
    // Our own children are run as /proc/self/exe, after which the kernel calls them "exe".
    ::prctl(PR_SET_NAME, process::kOwnName);
    const std::vector<std::string> arguments(argument_values, argument_values + argument_count);
    return std::visit(Run{inherited}, cli::parse_command_line(arguments));
} catch (const std::exception& failure) {
    // Errors are values here, so this one is a bug, or memory is out. Plain write: nothing else is
    // sure.
    static_cast<void>(std::fprintf(stderr, "citus-init: exit 70 (bug): %s\n", failure.what()));
    return static_cast<int>(ExitCode::software);
}
