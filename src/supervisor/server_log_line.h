#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace citus_init::supervisor {

// The first line of one of a server's messages, or of a part of one. "" = not said.
struct ServerLogLine {
    std::string time;  // RFC 3339 where its zone is UTC
    std::string pid;
    std::string sqlstate;
    std::string user;
    std::string database;
    std::string application;
    std::string backend_type;
    std::string query_id;
    std::string severity;  // "LOG", "ERROR"; of a part "DETAIL", "STATEMENT"
    std::string text;

    // A part of the message before it, by its English name.
    bool is_part() const;
};

// With render::json_log_line_prefix(token). None for any other line. Pure, for any bytes.
std::optional<ServerLogLine> parse_marked_log_line(std::string_view line, std::string_view token);
// With PostgreSQL's default prefix, "%m [%p] ".
std::optional<ServerLogLine> parse_default_log_line(std::string_view line);

}  // namespace citus_init::supervisor
