#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Takes a connection string of keywords and values apart, as citus.node_conninfo is one:
// `sslmode=require sslrootcert='/a b'`. None where it is malformed (PQconninfoParse's rules).
std::optional<std::map<std::string, std::string>> parse_conninfo(std::string_view text);

// The keywords and values of the server's citus.node_conninfo, which nodes connect to each other
// with. None where they are malformed.
[[nodiscard]] SqlResult<std::map<std::string, std::string>> read_node_conninfo(Session& session);

}  // namespace citus_init::citus
