#include "citus_init/monitor/cluster_snapshot.h"

#include <algorithm>
#include <numeric>

namespace citus_init::monitor {

namespace {

std::optional<double> largest_over_mean(const std::vector<double>& loads) {
    const double total = std::accumulate(loads.begin(), loads.end(), 0.0);
    if (total <= 0) {
        return std::nullopt;
    }
    const double mean = total / static_cast<double>(loads.size());
    return *std::max_element(loads.begin(), loads.end()) / mean;
}

}  // namespace

const char* state_name(ShardMove::State state) {
    switch (state) {
        case ShardMove::State::waiting:
            return "waiting";
        case ShardMove::State::moving:
            return "moving";
        case ShardMove::State::moved:
            return "moved";
    }
    return "";
}

const NodeSnapshot* find_answer(const ClusterSnapshot& cluster, const HostPort& address) {
    const auto found =
        std::find_if(cluster.answers.begin(), cluster.answers.end(),
                     [&](const NodeSnapshot& answer) { return answer.address == address; });
    return found == cluster.answers.end() ? nullptr : &*found;
}

Imbalance imbalance_of(const ClusterSnapshot& cluster) {
    if (!cluster.nodes.value) {
        return {};
    }
    std::vector<double> shards;
    std::vector<double> bytes;
    for (const ClusterNode& node : *cluster.nodes.value) {
        if (!node.is_primary || !node.active || !node.should_have_shards) {
            continue;
        }
        shards.push_back(node.distributed_shards);
        const NodeSnapshot* answer = find_answer(cluster, node.address);
        if (answer != nullptr && answer->shard_bytes.value) {
            bytes.push_back(*answer->shard_bytes.value);
        }
    }
    return {largest_over_mean(shards),
            bytes.size() == shards.size() ? largest_over_mean(bytes) : std::nullopt};
}

}  // namespace citus_init::monitor
