#pragma once

#include <string>

#include "citus_init/base/secret.h"
#include "citus_init/settings/yaml_value.h"

namespace citus_init::patroni {

// The value as a file in ASCII. Every string is in double quotes: PyYAML, which Patroni reads with,
// knows YAML 1.1, where on, 0123, 12:30 and 1_000 are no strings. The texts must be UTF-8.
Secret yaml_text(const settings::YamlValue& value);

// The same for showing: instead of passwords, and of whatever is below a key that sounds like one,
// stands ***.
std::string shown_yaml_text(const settings::YamlValue& value);

}  // namespace citus_init::patroni
