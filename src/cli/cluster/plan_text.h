#pragma once

#include <string>

#include "citus_init/citus/membership/plan.h"

namespace citus_init::cli {

// What would be done and why, and what every worker was found to be.
std::string plan_text(const citus::Plan& plan);
std::string plan_json(const citus::Plan& plan);

}  // namespace citus_init::cli
