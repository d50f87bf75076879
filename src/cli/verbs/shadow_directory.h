#pragma once

#include <chrono>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/settings/problem.h"

#include "cli/verbs/inspection.h"

namespace citus_init::cli {

struct ServerAnswer {
    std::vector<settings::Problem> problems;
    bool complete = false;         // as Validation::complete
    bool loads_libraries = false;  // as Validation::loads_libraries
};

// Runs `postgres -C` on a shadow of the data directory, made in a temporary directory and removed
// again. Errors: no place to make it in, the server cannot be run or does not end.
[[nodiscard]] Result<ServerAnswer> ask_on_shadow_directory(const Inspection& inspection,
                                                           std::chrono::milliseconds deadline);

}  // namespace citus_init::cli
