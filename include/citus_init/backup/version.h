#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/settings/problem.h"

namespace citus_init::backup {

struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;

    std::string text() const;                          // "2.45", "2.53.1"
    auto operator<=>(const Version&) const = default;  // NOLINT(modernize-use-nullptr)
};

// From what `pgbackrest version` prints: "pgBackRest 2.45".
std::optional<Version> parse_version(std::string_view text);

// Whether that pgBackRest knows a major version of PostgreSQL, by its release notes; the problem
// has both versions and the way out. None also for a major version newer than this table, which
// pgBackRest itself judges. Pure.
std::optional<settings::Problem> check_version(const Version& installed, int postgres_major);

// pgBackRest is not there, or reports no version; `output` is what it said instead.
settings::Problem not_installed(std::string_view output);

}  // namespace citus_init::backup
