#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init::citus {

// Takes a connection string of keywords and values apart, as citus.node_conninfo is one:
// `sslmode=require sslrootcert='/a b'`. None where it is malformed (PQconninfoParse's rules).
std::optional<std::map<std::string, std::string>> parse_conninfo(std::string_view text);

}  // namespace citus_init::citus
