#include <unistd.h>

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "app/command_line.h"
#include "app/passed_on_command.h"
#include "app/run_server.h"
#include "app/verbs.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/settings/environment.h"

using namespace std::string_literals;

int main(int argument_count, char** argument_values) {
    // Before all else: a SIGTERM that finds no mask is lost for PID 1.
    const auto inherited = citus_init::process::block_signals();
    citus_init::process::occupy_standard_descriptors();
    return citus_init::app::run(std::vector<std::string>(argument_values,
                                                         argument_values + argument_count),
                                inherited);
}
