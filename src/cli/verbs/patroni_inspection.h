#pragma once

#include <vector>

#include <tl/expected.hpp>

#include "citus_init/settings/yaml_value.h"

#include "cli/verbs/inspection.h"

namespace citus_init::cli {

// What Patroni would get on this machine; an inspection whose settings have `patroni`. Without an
// installed Patroni it is what version 4 gets, with a warning in the inspection. Asks Patroni for
// its version, which takes some tenths of a second.
tl::expected<settings::YamlValue, std::vector<settings::Problem>> inspect_patroni(
    Inspection& inspection);

}  // namespace citus_init::cli
