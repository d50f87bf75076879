#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/server_log_line.h"

namespace citus_init::supervisor {

// Whose log it is: fields of every object, "" = none.
struct LogOrigin {
    std::string node;
    std::string role;
    std::string logger = "postgres";  // of lines of no known shape
};

// Makes one JSON object, a line each, of each message of a server: its first line, the lines that
// continue it (they begin with a tab), and its parts (DETAIL, STATEMENT). `ts`, `level` (debug,
// info, warning, error, fatal), `logger`, `msg`, `pid`, `node`, `role`, and what PostgreSQL said in
// `record`, by the names of its CSV log. Patroni's lines have the logger `patroni`. Bytes that are
// no UTF-8 become U+FFFD. Pure.
//
// `token`: what begins each line of the server (render::json_log_line_prefix()) and of Patroni.
// From the first such line on, a line without it is text and nothing else, since whoever reaches
// the port can have one written. "" = the server has PostgreSQL's default prefix.
class JsonLog {
  public:
    explicit JsonLog(LogOrigin origin, std::string token = "")
        : origin_(std::move(origin)), token_(std::move(token)) {}

    // The objects that one complete line without its newline has finished, "" = none.
    std::string take(std::string_view line);
    // The message that may go on.
    std::string flush();

  private:
    bool is_marked(std::string_view line) const;
    std::string take_marked(std::string_view line);
    std::string take_unmarked(std::string_view line);
    std::string take_message(ServerLogLine message);
    std::string flush_message();
    std::string object_of(std::string_view line, bool is_trusted) const;

    LogOrigin origin_;
    std::string token_;
    bool was_marked_ = false;  // some line was
    std::string begun_;        // a marked line whose user or database name has line breaks
    std::optional<ServerLogLine> message_;
    std::vector<std::pair<std::string, std::string>> parts_;  // severity and text
};

}  // namespace citus_init::supervisor
