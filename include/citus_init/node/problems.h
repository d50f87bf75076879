#pragma once

#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/settings/problem.h"

namespace citus_init::node {

// All of them as one error, exit 78: a line each, the warnings behind the problems.
Error as_error(const settings::ProblemReport& report);
Error as_error(std::vector<settings::Problem> problems);

}  // namespace citus_init::node
