#pragma once

#include <set>
#include <utility>
#include <vector>

#include "citus_init/citus/membership/held_workers.h"

#include "support/simulated_cluster.h"

// What is held, and what the verbs do, on a simulated cluster.
namespace citus_init::test {

// Whom HeldWorkers would not hold now.
inline std::vector<citus::Unproven> unproven_workers(SimulatedCluster& simulated,
                                                     bool with_shards) {
    const auto now = simulated.actual();
    const citus::CoordinatorView view(now.own, now.cluster, now.records, now.stakes);
    std::vector<citus::Unproven> refusals;
    for (const auto& row : simulated.cluster.workers) {
        const auto seen = simulated.probe(row.address, with_shards ? row.group_id : 0);
        if (auto refusal = citus::unproven(row, seen.facts, seen.shards, view)) {
            refusals.push_back(std::move(*refusal));
        }
    }
    return refusals;
}

// `drain` once everybody is proven: every shard goes to `to`.
inline void move_shards(SimulatedCluster& simulated, const citus::RegisteredNode& from,
                        const citus::RegisteredNode& to) {
    if (!simulated.touch_all()) {
        return;
    }
    auto moved = std::exchange(simulated.placements[from.group_id], {});
    for (const int shard : moved) {
        simulated.reach(from.address)->shards.erase(shard);
        simulated.reach(to.address)->shards.insert(shard);
    }
    simulated.placements[to.group_id].merge(moved);
}

// `remove` after that: the node is told that it is none any more.
inline void remove_node(SimulatedCluster& simulated, const citus::NodeAddress& address) {
    if (!simulated.touch_all()) {
        return;
    }
    const auto row = *simulated.row_at(address);
    simulated.expect(simulated.placed_on(row.group_id).empty(),
                     "removed the shards of " + address.text());
    simulated.reach(address)->group_id = 0;
    simulated.reach(address)->coordinator.clear();
    std::erase_if(simulated.cluster.workers,
                  [&](const auto& known) { return known.node_id == row.node_id; });
}

}  // namespace citus_init::test
