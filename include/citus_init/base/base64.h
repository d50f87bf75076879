#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace citus_init {

// RFC 4648, section 4: with padding, as etcd's JSON gateway wants keys and values. Pure, for any
// bytes.
std::string base64_encode(std::string_view bytes);

// None where it is no such text: another alphabet, line breaks, a length that is no multiple of 4.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace citus_init
