#include "supervisor/server_log_line.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/render/log_line_prefix.h"

namespace citus_init::supervisor {

namespace {

// "1764378000.123" as "2025-11-29T01:00:00.123Z".
std::optional<std::string> time_of_epoch(std::string_view text) {
    constexpr long long kLast = 253'402'300'799;  // of the year 9999
    const auto point = text.find('.');
    const auto seconds = parse_integer(text.substr(0, point), 0, kLast);
    if (!seconds || point == std::string_view::npos ||
        !parse_integer(text.substr(point + 1), 0, 999'999)) {
        return std::nullopt;
    }
    const std::time_t moment = *seconds;
    std::tm parts{};
    ::gmtime_r(&moment, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       text.substr(point + 1));
}

// "2026-11-22 14:00:00.000 UTC" in RFC 3339; of another zone as it is.
std::string rfc3339(std::string_view time) {
    constexpr std::string_view kUtc = " UTC";
    if (!time.ends_with(kUtc)) {
        return std::string(time);
    }
    std::string result(time.substr(0, time.size() - kUtc.size()));
    std::replace(result.begin(), result.end(), ' ', 'T');
    return result + "Z";
}

// "LOG:  text" into its two halves.
bool split_severity(std::string_view rest, ServerLogLine& line) {
    const auto colon = rest.find(":  ");
    constexpr std::size_t kLongestSeverity = 40;
    if (colon == std::string_view::npos || colon == 0 || colon > kLongestSeverity) {
        return false;
    }
    line.severity = rest.substr(0, colon);
    line.text = rest.substr(colon + 3);
    return true;
}

}  // namespace

bool ServerLogLine::is_part() const {
    constexpr std::array<std::string_view, 7> kParts{"DETAIL",   "HINT",      "QUERY",    "CONTEXT",
                                                     "LOCATION", "BACKTRACE", "STATEMENT"};
    return std::find(kParts.begin(), kParts.end(), severity) != kParts.end();
}

std::optional<ServerLogLine> parse_marked_log_line(std::string_view line, std::string_view token) {
    if (!line.starts_with(token)) {
        return std::nullopt;
    }
    line.remove_prefix(token.size());
    const std::string end_of_name = fmt::format("{}\t", token);
    std::array<std::string_view, render::kJsonLogLineFields.size()> fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const bool is_name = render::kJsonLogLineFields.at(i).is_name;
        const auto end = is_name ? std::string_view(end_of_name) : std::string_view("\t");
        const auto at = line.find(end);
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        fields.at(i) = line.substr(0, at);
        line.remove_prefix(at + end.size());
    }
    auto time = time_of_epoch(fields[0]);
    ServerLogLine result;
    if (!time || !split_severity(line, result)) {
        return std::nullopt;
    }
    result.time = *std::move(time);
    const std::array targets{&result.pid,      &result.sqlstate,    &result.user,
                             &result.database, &result.application, &result.backend_type,
                             &result.query_id};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        *targets.at(i) = fields.at(i + 1);
    }
    if (result.query_id == "0") {
        result.query_id.clear();  // none was computed
    }
    return result;
}

std::optional<ServerLogLine> parse_default_log_line(std::string_view line) {
    const auto bracket = line.find(" [");
    const auto close = line.find("] ", bracket == std::string_view::npos ? 0 : bracket);
    if (bracket == std::string_view::npos || close == std::string_view::npos) {
        return std::nullopt;
    }
    const auto pid = line.substr(bracket + 2, close - bracket - 2);
    constexpr long long kLargestPid = 4'194'304;
    ServerLogLine result;
    if (!parse_integer(pid, 1, kLargestPid) || !split_severity(line.substr(close + 2), result)) {
        return std::nullopt;
    }
    result.time = rfc3339(line.substr(0, bracket));
    result.pid = pid;
    return result;
}

}  // namespace citus_init::supervisor
