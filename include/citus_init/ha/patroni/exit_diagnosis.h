#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/ha/patroni/lifecycle.h"

namespace citus_init::patroni {

// A line in Patroni's default format: "2026-11-22 14:00:00,000 ERROR: text". The comma
// distinguishes it from PostgreSQL's, which writes a point.
struct LogLine {
    std::string_view time;
    std::string_view level;
    std::string_view text;
};
// None for any other line. Pure, for any bytes; the parts are parts of `line`.
std::optional<LogLine> parse_log_line(std::string_view line);

// The message of a line of Patroni's log that reports a failure: at ERROR, CRITICAL or FATAL, or
// the exception at the end of a traceback ("patroni.exceptions.PatroniFatalException: ..."). None
// for any other line, PostgreSQL's among them. Pure, for any bytes.
std::optional<std::string> failure_in(std::string_view line);

// What Patroni ends with for good. Pure.
lifecycle::ExitCause exit_cause_of(std::string_view failure);

}  // namespace citus_init::patroni
