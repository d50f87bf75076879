#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citus_init {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// "a, b or c"
std::string either(const std::vector<std::string_view>& names);
// The lines of a text in one, without their indentation: "; " between them.
std::string one_line(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// A whole decimal number within [least, most]; nothing else around it, no sign, no overflow.
std::optional<long long> parse_integer(std::string_view text, long long least, long long most);

// The candidate with the smallest edit distance to `word`, when it is near enough to be a typing
// mistake (at most a third of the word's length, 3 at most).
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace citus_init
