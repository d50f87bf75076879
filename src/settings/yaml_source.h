#pragma once

#include <string>
#include <vector>

#include "citus_init/base/filesystem.h"

#include "settings/environment_source.h"

namespace citus_init::settings {

struct YamlValues {
    RawValues values;
    Gucs gucs;
    YamlValue patroni;  // its `patroni:`, a map or null
    std::string text;   // of the file; "" where there is none
};

// The YAML file: the one that CITUS_CONFIG_PATH names (`environment_values`) and that must exist,
// the default one where it exists, or the text that kResolvedYaml carries. `before`: see
// reload_settings(), nullptr at a start.
YamlValues read_yaml(const Environment& environment, const RawValues& environment_values,
                     const Filesystem& files, const Environment* before, Findings& findings);

}  // namespace citus_init::settings
