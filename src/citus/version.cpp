#include "citus_init/citus/version.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::citus {

namespace {

constexpr int kMostDigits = 9999;

std::optional<int> number(std::string_view text) {
    const auto value = parse_integer(text, 0, kMostDigits);
    return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

struct Support {
    int major;
    int minor;
    int oldest_postgres;
    int newest_postgres;
};

constexpr std::array<Support, 13> kSupport{{
    {10, 0, 11, 13},
    {10, 1, 12, 13},
    {10, 2, 12, 14},
    {11, 0, 13, 14},
    {11, 1, 13, 15},
    {11, 2, 13, 15},
    {11, 3, 13, 15},
    {12, 0, 14, 15},
    {12, 1, 14, 16},
    {13, 0, 15, 17},
    {13, 1, 15, 17},
    {13, 2, 15, 17},
    {14, 0, 16, 18},
}};

}  // namespace

std::string ExtensionVersion::text() const {
    return sql_patch == 0 ? fmt::format("{}.{}", major, minor)
                          : fmt::format("{}.{}-{}", major, minor, sql_patch);
}

bool ExtensionVersion::operator<(const ExtensionVersion& other) const {
    return std::tie(major, minor, sql_patch) < std::tie(other.major, other.minor, other.sql_patch);
}

std::optional<ExtensionVersion> parse_extension_version(std::string_view text) {
    const auto parts = split(text, '-');
    const auto numbers = split(parts.front(), '.');
    if (parts.size() > 2 || numbers.size() != 2) {
        return std::nullopt;
    }
    const auto major = number(numbers[0]);
    const auto minor = number(numbers[1]);
    const auto sql_patch = parts.size() == 2 ? number(parts[1]) : 0;
    if (!major || !minor || !sql_patch) {
        return std::nullopt;
    }
    return ExtensionVersion{*major, *minor, *sql_patch};
}

UpgradeDecision decide_upgrade(const ExtensionVersion& installed, const ExtensionVersion& available,
                               UpgradePolicy policy) {
    if (available == installed) {
        return UpgradeDecision::none;
    }
    if (available < installed) {
        return UpgradeDecision::library_older;
    }
    switch (policy) {
        case UpgradePolicy::off:
            return UpgradeDecision::not_allowed;
        case UpgradePolicy::minor:
            return available.major == installed.major ? UpgradeDecision::update
                                                      : UpgradeDecision::not_allowed;
        case UpgradePolicy::major:
            return UpgradeDecision::update;
    }
    return UpgradeDecision::not_allowed;
}

std::optional<std::string> incompatibility(const ExtensionVersion& citus, int postgres_major) {
    for (const auto& row : kSupport) {
        if (row.major != citus.major || row.minor != citus.minor) {
            continue;
        }
        if (postgres_major >= row.oldest_postgres && postgres_major <= row.newest_postgres) {
            return std::nullopt;
        }
        return fmt::format(
            "Citus {}.{} runs on PostgreSQL {} to {}, but this server is PostgreSQL {}. Use an "
            "image "
            "whose Citus and PostgreSQL belong together",
            row.major, row.minor, row.oldest_postgres, row.newest_postgres, postgres_major);
    }
    return std::nullopt;
}

std::optional<std::string> newest_citus_for(int postgres_major) {
    const auto found =
        std::find_if(kSupport.rbegin(), kSupport.rend(), [postgres_major](const Support& row) {
            return postgres_major >= row.oldest_postgres && postgres_major <= row.newest_postgres;
        });
    return found == kSupport.rend()
               ? std::nullopt
               : std::optional(fmt::format("{}.{}", found->major, found->minor));
}

}  // namespace citus_init::citus
