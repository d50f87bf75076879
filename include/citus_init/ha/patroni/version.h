#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/settings/patroni_settings.h"
#include "citus_init/settings/problem.h"

namespace citus_init::patroni {

struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;

    std::string text() const;
    bool operator==(const Version&) const = default;
    bool operator<(const Version& other) const;
};

// What `patroni --version` prints: "patroni 3.0.2".
std::optional<Version> parse_version(std::string_view output);

// What stands against running this Patroni with these settings: it is too old to be safe, or lacks
// what is asked for.
std::vector<settings::Problem> check_version(const Version& version,
                                             const settings::PatroniSettings& settings);

// Below 3.3: what check_version() wants CITUS_ALLOW_OLD_PATRONI for.
bool is_unsafe(const Version& version);

// synchronous_mode: quorum.
bool has_quorum_mode(const Version& version);

}  // namespace citus_init::patroni
