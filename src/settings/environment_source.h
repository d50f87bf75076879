#pragma once

#include <map>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/environment.h"

#include "settings/declaration.h"
#include "settings/findings.h"

namespace citus_init::settings {

// Whether Kubernetes put the variable into the pod for a service of the namespace (service links):
// X_SERVICE_HOST, X_SERVICE_PORT[_NAME], X_PORT=tcp://..., X_PORT_5432_TCP[_PROTO|_PORT|_ADDR]. By
// the form of name and value: nobody wrote them, so nobody is to be bothered.
bool is_service_link(std::string_view name, std::string_view value);

using RawValues = std::map<const Variable*, Sourced>;

struct EnvironmentValues {
    RawValues values;
    Environment resolved;  // every NAME_FILE replaced by NAME
};

// NAME and NAME_FILE of every variable. An empty string counts as unset, on both sides. `before`:
// see reload_settings(), nullptr at a start.
EnvironmentValues read_environment(const Environment& environment, const Filesystem& files,
                                   const Environment* before, Findings& findings);

// Of a file that keeps its value at a reload. `place`: where the user named it.
Problem not_read_again(std::string_view place, std::string_view path);

// CITUS_GUC_*, under the names that PostgreSQL uses.
Gucs read_environment_gucs(const Environment& environment, Findings& findings);

inline constexpr std::string_view kGucPrefix = "CITUS_GUC_";
inline constexpr std::string_view kFileSuffix = "_FILE";

// NAME of NAME and of NAME_FILE.
inline std::string_view without_file_suffix(std::string_view name) {
    return name.ends_with(kFileSuffix) ? name.substr(0, name.size() - kFileSuffix.size()) : name;
}

// "" when there is none.
const std::string& value_of(const Environment& environment, std::string_view name);

}  // namespace citus_init::settings
