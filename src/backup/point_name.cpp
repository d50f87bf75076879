#include "citus_init/backup/point_name.h"

#include <algorithm>
#include <ctime>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

constexpr std::size_t kLongest = 63 - 1 - 8;

constexpr std::string_view kAlphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

std::string default_point_name(const std::string& cluster, std::int64_t time) {
    std::string moment = utc_text(time);
    moment.erase(
        std::remove_if(moment.begin(), moment.end(), [](char c) { return c == '-' || c == ':'; }),
        moment.end());
    return fmt::format("{}-{}", cluster.substr(0, kLongest - 1 - moment.size()), moment);
}

std::optional<std::int64_t> default_point_time(const std::string& cluster,
                                               const std::string& name) {
    std::tm moment{};
    const auto dash = name.rfind('-');
    if (dash == std::string::npos ||
        ::strptime(name.c_str() + dash + 1, "%Y%m%dT%H%M%SZ", &moment) == nullptr) {
        return std::nullopt;
    }
    const std::int64_t time = ::timegm(&moment);
    return default_point_name(cluster, time) == name ? std::optional(time) : std::nullopt;
}

std::optional<std::string> name_problem(std::string_view name) {
    if (name.empty() || name.size() > kLongest) {
        return fmt::format("has {} characters; a restore point's name has 1 to {}", name.size(),
                           kLongest);
    }
    if (kAlphanumeric.find(name.front()) == std::string_view::npos ||
        name.find_first_not_of(std::string(kAlphanumeric) + "._-") != std::string_view::npos) {
        return "is no name of a restore point: letters, digits, \".\", \"_\" and \"-\" are, with a "
               "letter or digit first";
    }
    const std::string lower = to_lower(name);
    if (lower == "latest" || lower == "none") {
        return "is what CITUS_RESTORE takes for something else";
    }
    return std::nullopt;
}

std::string point_target(const std::string& name, const std::string& suffix) {
    return fmt::format("{}.{}", name, suffix);
}

}  // namespace citus_init::backup
