#include "citus_init/citus/version.h"

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

}  // namespace citus_init::citus
