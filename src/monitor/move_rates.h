#pragma once

#include <vector>

#include "citus_init/monitor/cluster_snapshot.h"

namespace citus_init::monitor {

// `moves` with the time that each has left, from what `before` knew of it. Pure.
std::vector<ShardMove> with_time_left(std::vector<ShardMove> moves,
                                      const std::vector<ShardMove>& before, WallTime now);

}  // namespace citus_init::monitor
