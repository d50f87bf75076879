#pragma once

#include <vector>

#include <tl/expected.hpp>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/settings/problem.h"

#include "cli/verbs/inspection.h"

namespace citus_init::cli {

// What the backend of high availability would get on this machine; an inspection whose settings
// choose one. Where it is not installed, an assumed version, with a warning in the inspection. Asks
// the backend's program for its version, which takes some tenths of a second.
tl::expected<ha::ConfigurationFile, std::vector<settings::Problem>> inspect_backend(
    Inspection& inspection);

}  // namespace citus_init::cli
