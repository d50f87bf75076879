#pragma once

#include <cstddef>
#include <string_view>

namespace citus_init {

// Well-formed as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// The bytes of the UTF-8 character that `text` begins with; 0 where none does.
std::size_t utf8_length(std::string_view text);
// A byte below 0x20, or 0x7f.
bool has_control_character(std::string_view text);

}  // namespace citus_init
