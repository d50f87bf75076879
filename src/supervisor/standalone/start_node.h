#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// All that happens between read_node() and the supervisor: server, directories, step-down from
// root, lock, what the data directory is, and so the plan. Nothing is touched before every setting
// is known to be good; the data directory's content not before it is locked and known. Blocks for
// local file I/O only.
[[nodiscard]] Result<node::Node> start_node(node::Node node,
                                            const std::vector<std::string>& server_arguments);

// Makes data, socket and WAL directory, gives them to the server's user, becomes that user for good
// and locks the data directory. Local file I/O only.
[[nodiscard]] Status make_and_lock_directories(node::Node& node);

// The plan of a node whose data directory has come a step further since the last one: upgraded, or
// restored.
[[nodiscard]] Status plan_again(node::Node& node);

}  // namespace citus_init::supervisor
