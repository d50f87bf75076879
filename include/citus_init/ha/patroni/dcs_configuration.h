#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::patroni {

// A value that all members of a group share, where the configuration store has another one than
// this member's settings.
struct DcsDifference {
    std::vector<std::string> path;  // {"postgresql", "parameters", "max_connections"}
    std::string ours;               // as JSON: `100`, `"logical"`, `true`
    std::string theirs;             // "" = the store has none
    bool operator==(const DcsDifference&) const = default;

    // "postgresql.parameters.max_connections is 100, here 200"
    std::string text() const;
};

// `patroni_yml`: what this start rendered, whose bootstrap.dcs are our values. `dcs_json`: what GET
// /config answers. Whatever the store has beyond ours is not ours to check. Error: `config`, one of
// them cannot be read. Pure.
[[nodiscard]] Result<std::vector<DcsDifference>> compare_dcs_configuration(
    const std::string& patroni_yml, const std::string& dcs_json);

// What PATCH /config takes to make them ours. Pure.
std::string dcs_patch(const std::vector<DcsDifference>& differences);

}  // namespace citus_init::patroni
