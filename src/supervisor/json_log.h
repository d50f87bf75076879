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
class JsonLog {
  public:
    explicit JsonLog(LogOrigin origin) : origin_(std::move(origin)) {}

    // The objects that one complete line without its newline has finished, "" = none.
    std::string take(std::string_view line);
    // The message that may go on.
    std::string flush();

  private:
    std::string object_of(std::string_view line) const;

    LogOrigin origin_;
    std::optional<ServerLogLine> message_;
    std::vector<std::pair<std::string, std::string>> parts_;  // severity and text
};

}  // namespace citus_init::supervisor
