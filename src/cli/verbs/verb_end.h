#pragma once

#include <vector>

#include "citus_init/base/error.h"
#include "citus_init/settings/problem.h"

namespace citus_init::cli {

void print_warnings(const std::vector<settings::Problem>& warnings);

// Prints what is wrong on stderr, warnings behind the problems, the exit status and its word last,
// and returns the status.
int end_verb(const Error& error);
int end_verb(const settings::ProblemReport& report);

}  // namespace citus_init::cli
