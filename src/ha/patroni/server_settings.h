#pragma once

#include <map>
#include <string>
#include <vector>

#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// The PostgreSQL settings of a stack, by the place that Patroni takes them from.
struct ServerSettings {
    settings::YamlValue local;  // postgresql.parameters
    // postgresql.recovery_conf. Among the parameters it would make Patroni forget the user's own.
    settings::YamlValue recovery;
    settings::YamlValue dcs;  // bootstrap.dcs.postgresql.parameters: all members' the same
    std::vector<settings::Problem> problems;
};

ServerSettings divide_server_settings(const render::GucStack& stack);

}  // namespace citus_init::patroni
