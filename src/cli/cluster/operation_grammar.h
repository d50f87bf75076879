#pragma once

#include <functional>
#include <string>

#include "citus_init/settings/environment.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

namespace citus_init::cli {

// Adds the verbs about the whole cluster to the command line. `choose` gets what is to be done once
// one of them was parsed; `environment` must outlive it. `run_directory` tells where this
// container's citus-init keeps its state.
void add_operation_verbs(CLI::App& app, const settings::Environment& environment,
                         std::function<std::string()> run_directory,
                         const std::function<void(std::function<int()>)>& choose);

}  // namespace citus_init::cli
