#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "citus_init/citus/membership/held_workers.h"

#include "support/simulated_cluster.h"

// What is held, and what the verbs do, on a simulated cluster.
namespace citus_init::test {

// As the function of that name does.
inline std::optional<citus::Unproven> ahead_of_coordinator(SimulatedCluster& simulated,
                                                           const citus::RegisteredNode& row) {
    const auto& server = *simulated.reach(row.address);
    const citus::LeaderView leader{
        row.address, {server.coordinator, 0}, simulated.reach_leader(server.coordinator)};
    auto refusal = citus::led_by_another(row, leader);
    return refusal ? refusal
                   : citus::newer_than_coordinator(row, facts_of(server), simulated.issued);
}

// Whom HeldWorkers would not hold now.
inline std::vector<citus::Unproven> unproven_workers(SimulatedCluster& simulated,
                                                     bool with_shards) {
    const auto now = simulated.actual();
    const citus::CoordinatorView view(now.own, now.cluster, now.records, now.stakes);
    std::vector<citus::Unproven> refusals;
    for (const auto& row : simulated.cluster.workers) {
        const auto seen = simulated.probe(row.address, with_shards ? row.group_id : 0);
        auto refusal = citus::unproven(row, seen.facts, seen.shards, view);
        refusal = refusal ? refusal : ahead_of_coordinator(simulated, row);
        if (refusal) {
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
inline void remove_node(SimulatedCluster& simulated, const HostPort& address) {
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
    simulated.announce_to_all();
}

}  // namespace citus_init::test
