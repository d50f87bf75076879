#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

namespace citus_init::node {

// The node of PID 1, as a child of it that works on the data directory reads it: the inherited
// settings, the programs, `server_arguments` as the server gets them. Sets up the log. Errors:
// `usage`, `config`.
[[nodiscard]] Result<Node> own_node(const std::vector<std::string>& server_arguments);

}  // namespace citus_init::node
