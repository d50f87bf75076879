#pragma once

#include <map>
#include <string>

#include "citus_init/base/conninfo.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

using citus_init::parse_conninfo;

// The keywords and values of the server's citus.node_conninfo, which nodes connect to each other
// with. None where they are malformed.
[[nodiscard]] SqlResult<std::map<std::string, std::string>> read_node_conninfo(Session& session);

}  // namespace citus_init::citus
