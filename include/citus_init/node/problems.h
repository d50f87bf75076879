#pragma once

#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/settings/problem.h"

namespace citus_init::node {

// All of them as one error, exit 78: a line each.
Error as_error(const std::vector<settings::Problem>& problems);

}  // namespace citus_init::node
