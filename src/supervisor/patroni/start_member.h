#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"

#include "supervisor/patroni/member.h"

namespace citus_init::supervisor {

// All that happens between read_node() and the supervisor of a member: server, Citus, Patroni, all
// problems of the configuration, directories, step-down from root, lock, what the data directory
// is. Nothing is touched before every setting is known to be good. Blocks for local file I/O, for
// `patroni --version`, and for a resolver where no name was given to the node.
[[nodiscard]] Result<Member> start_member(node::Node node,
                                          const std::vector<std::string>& server_arguments);

}  // namespace citus_init::supervisor
