#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init {

// A number with one of PostgreSQL's units of time (us, ms, s, min, h, d), white space around both;
// a bare number means seconds. Fractions are rounded to milliseconds. Nothing for any other text,
// for what is not within [least, most], and for more than 0 that would be rounded to 0.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                        std::chrono::milliseconds least,
                                                        std::chrono::milliseconds most);

// The shortest text that parse_duration() takes for it: "0", "250ms", "90s", "2h", "7d".
std::string format_duration(std::chrono::milliseconds duration);

// For people; negative ones are 0. By the two largest units: "59 s", "2 min 5 s", "2 h 1 min",
// "3 days 4 h".
std::string duration_text(std::chrono::seconds duration);
// By one unit, rounded down, an hour and a day only from two on: "59 s", "119 min", "47 h", "3
// days".
std::string rough_duration_text(std::chrono::seconds duration);

}  // namespace citus_init
