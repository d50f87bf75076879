#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "citus_init/monitor/cluster_snapshot.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

// What the collector knows.
struct Snapshot {
    std::int64_t passes = 0;  // over the local server
    ServerSnapshot server;
    // None without Citus, on a worker, on a standby, and while the local server does not answer.
    std::optional<ClusterSnapshot> cluster;
};

// Each part of the local server's and the cluster's that was attempted, with its name. Of the nodes
// "node_sizes" alone: the node that failed, or was the slowest.
void for_each_collection(const Snapshot& snapshot,
                         const std::function<void(std::string_view, const Collection&)>& visit);

}  // namespace citus_init::monitor
