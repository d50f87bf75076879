#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init {

// Takes a connection string of keywords and values apart: `sslmode=require sslrootcert='/a b'`.
// None where it is malformed (PQconninfoParse's rules), or a URI. Pure.
std::optional<std::map<std::string, std::string>> parse_conninfo(std::string_view text);

}  // namespace citus_init
