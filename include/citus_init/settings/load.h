#pragma once

#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::settings {

// The environment as a map; the last of two equal names wins, as in getenv(3) of glibc's callers.
using Environment = std::map<std::string, std::string>;

// One thing that is wrong, or doubtful, with a setting.
struct Problem {
    std::string variable;  // as the user wrote it: "CITUS_ROLE", "citus.role in FILE"
    std::string value;     // shown in quotes; "" for a secret or where there is none
    std::string reason;
    std::string fix;

    // "CITUS_ROLE: \"master\" is not a role. Set it to coordinator or worker."
    std::string text() const;
};

struct LoadedSettings {
    Settings settings;
    std::vector<Problem> warnings;
};

inline constexpr const char* kDefaultYamlPath = "/etc/citus-init/citus-init.yaml";

// Reads environment over YAML over defaults. Pure but for reading the YAML file and the NAME_FILE
// files through `files`. Either a complete, validated result, or all problems together: nothing
// else is to be touched then (exit 78).
tl::expected<LoadedSettings, std::vector<Problem>> load_settings(const Environment& environment,
                                                                 const Filesystem& files);

}  // namespace citus_init::settings
