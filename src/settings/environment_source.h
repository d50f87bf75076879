#pragma once

#include <map>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/environment.h"

#include "settings/declaration.h"
#include "settings/findings.h"

namespace citus_init::settings {

using RawValues = std::map<const Variable*, RawValue>;

struct EnvironmentValues {
    RawValues values;
    Environment resolved;  // every NAME_FILE replaced by NAME
};

// NAME and NAME_FILE of every variable. An empty string counts as unset, on both sides.
EnvironmentValues read_environment(const Environment& environment, const Filesystem& files,
                                   Findings& findings);

// CITUS_GUC_*, under the names that PostgreSQL uses.
std::vector<GucAssignment> read_environment_gucs(const Environment& environment,
                                                 Findings& findings);

inline constexpr std::string_view kGucPrefix = "CITUS_GUC_";
inline constexpr std::string_view kFileSuffix = "_FILE";

// "" when there is none.
const std::string& value_of(const Environment& environment, std::string_view name);

}  // namespace citus_init::settings
