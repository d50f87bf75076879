#pragma once

#include <vector>

#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// bootstrap.initdb: our options, then those of POSTGRES_INITDB_ARGS in their place. Patroni takes
// long ones only; others are added to `problems`.
settings::YamlValue render_initdb_options(const settings::PostgresSettings& postgres,
                                          std::vector<settings::Problem>& problems);

}  // namespace citus_init::patroni
