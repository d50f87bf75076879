#pragma once

#include <vector>

#include "citus_init/overview/overview.h"

namespace citus_init::overview {

// What is in the way on this node, in its cluster and of its statements, errors first. `rows` and
// `queries` are those of the overview. Pure.
std::vector<Obstacle> find_obstacles(const status::NodeStatus& status,
                                     const monitor::Snapshot& snapshot, const Overview& overview);

}  // namespace citus_init::overview
