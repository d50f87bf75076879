#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// From now on PGDATA is `path`, for the settings and for every child: to them it is an ordinary
// data directory.
void use_data_directory(settings::Settings& settings, settings::Environment& environment,
                        const std::string& path);

// CITUS_DATA_SLOTS: takes a slot of PGDATA and its lock. A child asks the resolver for our name,
// for two seconds at most, so that a replica that was made anew finds its own slot again.
[[nodiscard]] Status take_slot(Node& node);

// For what is run beside the node, by `docker exec`: PGDATA is the data directory in the state file
// of the running node, which -D or CITUS_DATA_SLOTS may have chosen; unchanged where none runs.
void use_running_data_directory(settings::Settings& settings, settings::Environment& environment);

}  // namespace citus_init::node
