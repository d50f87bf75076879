#pragma once

#include <vector>

#include "citus_init/settings/problem.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// Merges the YAML file's `patroni:` into the configuration: maps go into maps, and of everything
// else the user's wins. The problems, one a key: what citus-init has to know or to decide itself.
std::vector<settings::Problem> merge_user_part(const settings::YamlValue& user_part,
                                               settings::YamlValue& configuration);

}  // namespace citus_init::patroni
