#pragma once

#include <vector>

#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::settings {

// Everything that stands against making a cluster with these settings: check_bootstrap_password(),
// check_new_secret(), and names that initdb or Citus cannot take. A cluster that is there already
// may have them. Pure.
std::vector<Problem> check_new_cluster(const Settings& settings);

}  // namespace citus_init::settings
