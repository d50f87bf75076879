#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/cluster.h"

namespace citus_init::cli {

// The node of the cluster that "host:port", or a host name that only one node has, means. Error:
// `usage`, with the names that there are.
[[nodiscard]] Result<citus::RegisteredNode> find_node(const citus::Cluster& cluster,
                                                      const std::string& name);

}  // namespace citus_init::cli
