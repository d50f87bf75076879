#include "citus_init/ha/patroni/exit_diagnosis.h"

#include <algorithm>

#include "citus_init/base/text.h"

namespace citus_init::patroni {

namespace {

// "2026-11-22 14:00:00,000 "
bool begins_with_time(std::string_view line) {
    constexpr std::string_view kShape = "0000-00-00 00:00:00,000 ";
    return line.size() >= kShape.size() &&
           std::equal(kShape.begin(), kShape.end(), line.begin(), [](char shape, char c) {
               return shape == '0' ? c >= '0' && c <= '9' : c == shape;
           });
}

// "psycopg2.errors.DuplicateDatabase: database exists"
bool is_exception(std::string_view line) {
    const std::string_view name = line.substr(0, std::min(line.find(": "), line.size()));
    const auto dot = name.rfind('.');
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.';
    };
    return dot != std::string_view::npos && dot + 1 < name.size() && name.size() < line.size() &&
           name.front() >= 'a' && name.front() <= 'z' && name[dot + 1] >= 'A' &&
           name[dot + 1] <= 'Z' && std::all_of(name.begin(), name.end(), is_word);
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
    constexpr std::size_t kTimeLength = 23;
    if (!begins_with_time(line)) {
        return std::nullopt;
    }
    const std::string_view rest = line.substr(kTimeLength + 1);
    const auto colon = rest.find(": ");
    const std::string_view level = rest.substr(0, std::min(colon, rest.size()));
    const bool is_level = !level.empty() && std::all_of(level.begin(), level.end(), [](char c) {
        return c >= 'A' && c <= 'Z';
    });
    if (colon == std::string_view::npos || !is_level) {
        return std::nullopt;
    }
    return LogLine{line.substr(0, kTimeLength), level, rest.substr(colon + 2)};
}

std::optional<std::string> failure_in(std::string_view line) {
    if (const auto parsed = parse_log_line(line)) {
        const bool failed =
            parsed->level == "ERROR" || parsed->level == "CRITICAL" || parsed->level == "FATAL";
        return failed ? std::optional(std::string(trim(parsed->text))) : std::nullopt;
    }
    return is_exception(line) ? std::optional(std::string(trim(line))) : std::nullopt;
}

lifecycle::ExitCause exit_cause_of(std::string_view failure) {
    if (failure.empty()) {
        return lifecycle::ExitCause::none;
    }
    if (failure.find("system ID mismatch") != std::string_view::npos) {
        return lifecycle::ExitCause::other_cluster;
    }
    if (failure.find("there is already a node named") != std::string_view::npos) {
        return lifecycle::ExitCause::same_name;
    }
    return lifecycle::ExitCause::other;
}

}  // namespace citus_init::patroni
