#include "conninfo_check.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/core.h>

#include "citus_init/base/conninfo.h"
#include "citus_init/base/text.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

namespace {

constexpr std::string_view kNodeConninfo = "citus.node_conninfo";
constexpr std::string_view kPrimaryConninfo = "primary_conninfo";

// As Citus 11.3 to 14.0 take them, some from a later release on. Citus refuses every other keyword,
// and goes on with its default.
constexpr std::array<std::string_view, 16> kAllowedByCitus{"connect_timeout", "host",
                                                           "keepalives",      "keepalives_count",
                                                           "keepalives_idle", "keepalives_interval",
                                                           "krbsrvname",      "sslcert",
                                                           "sslcompression",  "sslcrl",
                                                           "sslkey",          "sslkeylogfile",
                                                           "sslmode",         "sslnegotiation",
                                                           "sslrootcert",     "tcp_user_timeout"};
struct Words {
    std::string_view keyword;
    std::string_view values;
};
constexpr std::array<Words, 5> kWords{{
    {"sslmode", "disable, allow, prefer, require, verify-ca, verify-full"},
    {"sslnegotiation", "postgres, direct"},
    {"channel_binding", "disable, prefer, require"},
    {"gssencmode", "disable, prefer, require"},
    {"ssl_min_protocol_version", "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"},
}};
constexpr std::array<std::string_view, 6> kNumbers{"connect_timeout",  "keepalives",
                                                   "keepalives_idle",  "keepalives_interval",
                                                   "keepalives_count", "tcp_user_timeout"};

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_uri(std::string_view text) {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

std::optional<GucComplaint> check_value(std::string_view setting, const std::string& keyword,
                                        const std::string& value) {
    if (value.empty()) {
        return std::nullopt;  // libpq's default
    }
    const auto* const words = std::find_if(
        kWords.begin(), kWords.end(), [&](const Words& each) { return each.keyword == keyword; });
    if (words != kWords.end()) {
        const auto known = split(words->values, ',');
        if (std::none_of(known.begin(), known.end(),
                         [&](const std::string& each) { return trim(each) == value; })) {
            return GucComplaint{fmt::format("has an {} that no client knows, \"{}\", in {}",
                                            keyword, settings::shown(value), setting),
                                fmt::format("Use one of: {}", words->values)};
        }
    }
    if (has(kNumbers, keyword) && !parse_integer(trim(value), std::numeric_limits<int>::min(),
                                                 std::numeric_limits<int>::max())) {
        return GucComplaint{fmt::format("has a {} that is not a whole number, \"{}\", in {}",
                                        keyword, settings::shown(value), setting),
                            "Use a whole number"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<GucComplaint> check_conninfo(std::string_view setting, const std::string& value) {
    const bool is_node_conninfo = setting == kNodeConninfo;
    const bool uri = is_uri(value);  // it has the password where a keyword would be shown
    if (!is_node_conninfo && (setting != kPrimaryConninfo || uri)) {
        return std::nullopt;
    }
    const auto keywords = uri ? std::nullopt : parse_conninfo(value);
    if (!keywords) {
        return GucComplaint{fmt::format("is not a connection string for {}", setting),
                            "Use KEYWORD=VALUE pairs, with values in single quotes where they have "
                            "spaces, such as sslmode=verify-full"};
    }
    for (const auto& [keyword, given] : *keywords) {
        if (is_node_conninfo && !has(kAllowedByCitus, keyword)) {
            return GucComplaint{
                fmt::format("has \"{}\", which Citus does not take in {}", settings::shown(keyword),
                            setting),
                "Use only: " + join({kAllowedByCitus.begin(), kAllowedByCitus.end()}, ", ")};
        }
        if (auto complaint = check_value(setting, keyword, given)) {
            return complaint;
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::render
