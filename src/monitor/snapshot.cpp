#include "citus_init/monitor/snapshot.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "monitor/parts.h"

namespace citus_init::monitor {

namespace {

// How large the nodes' shards are, each asked by itself: of the one that failed, with its address,
// else of the slowest.
Collection node_sizes(const std::vector<NodeSnapshot>& nodes) {
    const auto rank = [](const NodeSnapshot& node) {
        const Collection& sizes = node.shard_bytes.collection;
        return std::pair(!sizes.error.empty(), sizes.took);
    };
    const auto worst = std::max_element(
        nodes.begin(), nodes.end(),
        [&](const auto& one, const auto& other) { return rank(one) < rank(other); });
    Collection sizes = worst == nodes.end() ? Collection() : worst->shard_bytes.collection;
    if (!sizes.error.empty()) {
        sizes.error = worst->address.text() + ": " + sizes.error;
    }
    sizes.failures = std::accumulate(nodes.begin(), nodes.end(), std::int64_t{0},
                                     [](std::int64_t before, const NodeSnapshot& node) {
                                         return before + node.shard_bytes.collection.failures;
                                     });
    return sizes;
}

}  // namespace

void for_each_collection(const Snapshot& snapshot,
                         const std::function<void(std::string_view, const Collection&)>& visit) {
    const auto visit_attempted = [&](std::string_view name, const Collection& collection) {
        if (collection.took) {
            visit(name, collection);
        }
    };
    visit_attempted("session", snapshot.server.session);
    for_each_part(snapshot.server, [&](std::string_view name, const auto& part) {
        visit_attempted(name, part.collection);
    });
    if (snapshot.cluster) {
        for_each_part(*snapshot.cluster, [&](std::string_view name, const auto& part) {
            visit_attempted(name, part.collection);
        });
        visit_attempted("node_sizes", node_sizes(snapshot.cluster->answers));
    }
}

}  // namespace citus_init::monitor
