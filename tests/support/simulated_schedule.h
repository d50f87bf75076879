#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "support/simulated_faults.h"

namespace citus_init::test {

// What a seed stands for: a cluster, its agent, and everything that goes wrong.
class SimulatedSchedule : public SimulatedFaults {
  public:
    SimulatedSchedule(std::uint64_t seed, int most_nodes, int first_nodes = 0)
        : SimulatedFaults(seed, most_nodes) {
        agent.policy.coordinator = cluster.own_address;
        for (int i = first_nodes > 0 ? first_nodes : random(most_nodes) + 1; i > 0; --i) {
            join();
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps && cluster.violations.empty(); ++step) {
            for (int i = random(3); i > 0; --i) {
                disturb();
            }
            pass();
        }
    }

    // No more faults: everybody is up and can be reached.
    void heal() {
        cluster.cut.clear();
        for (auto& server : cluster.servers) {
            server.up = true;
        }
        agent.desired.complete = true;
        if (random(2) == 0) {
            cluster.other_leaders.clear();
        }
    }

    // Passes until nothing is left to do for as long as the slowest probe takes; -1: too many.
    int converge() {
        constexpr int kMost = 400;
        const auto healed = agent.now;
        auto quiet_since = agent.now;
        for (int passes = 1; passes <= kMost; ++passes) {
            const auto before = agent.calls;
            pass(false);
            if (agent.calls != before) {
                quiet_since = agent.now;
                last_call = passes;
                last_call_after = std::chrono::floor<std::chrono::seconds>(agent.now - healed);
            }
            if (agent.now - quiet_since > std::chrono::seconds(130)) {
                return passes;
            }
        }
        return -1;
    }

    // What should be so by now and is not, "" = all is well.
    std::string unfinished() {
        const bool obstructed =
            std::any_of(cluster.cluster.workers.begin(), cluster.cluster.workers.end(),
                        [this](const auto& row) { return is_in_the_way(row); });
        if (!agent.place_is_open()) {
            return cluster.other_leaders.empty() ? "the coordinator's place is not open" : "";
        }
        const auto plan = agent.probe();
        for (const auto& node : plan.nodes) {
            const auto* server = cluster.reach(node.address);
            const bool right = node.node_class == citus::NodeClass::fresh ||
                               node.state == citus::NodeState::adding ||
                               node.state == citus::NodeState::moving ||
                               node.state == citus::NodeState::resync;
            if (server != nullptr && right && !obstructed && plan.stopped.empty()) {
                return node.address.text() + " is still " + citus::state_name(node.state) + ": " +
                       node.reason;
            }
        }
        return left_behind();
    }

    int last_call = 0;
    std::chrono::seconds last_call_after{0};

  private:
    void pass(bool faults = true) {
        agent.policy.random = static_cast<double>(random(1000)) / 1000;
        const auto plan = agent.probe();
        cluster.disturbed = faults && random(4) == 0;
        if (cluster.disturbed) {
            disturb();
        }
        agent.act(plan, faults && random(8) == 0 ? random(4) : -1);
        cluster.disturbed = false;
        if (faults ? random(2) == 0 : true) {
            cluster.sync();
        }
    }

    // A node that answers whole under a free desired name, and is not registered there.
    std::string left_behind() {
        for (const auto& row : cluster.cluster.workers) {
            if (cluster.at_home(row) || stranger_beside(row)) {
                continue;
            }
            for (const auto& name : agent.desired.addresses) {
                const auto* server = cluster.reach(name);
                const bool is_it =
                    server != nullptr && cluster.row_at(name) == nullptr &&
                    server->identity == cluster.homes[row.node_id] &&
                    server->group_id == row.group_id &&
                    server->coordinator == cluster.cluster.coordinator->address.text() &&
                    cluster.has_its_shards(*server, row.group_id) && may_be_followed(*server, row);
                if (is_it && !still_there(row)) {
                    return name.text() + " was not followed from " + row.address.text();
                }
            }
        }
        return {};
    }
    // Somebody else answers under another row's name: Citus would tell him the new address.
    bool stranger_beside(const citus::RegisteredNode& moved) {
        const auto refusals = unproven_workers(cluster, false);
        return std::any_of(refusals.begin(), refusals.end(), [&](const auto& refusal) {
            return refusal.why != citus::Refusal::away && refusal.address != moved.address;
        });
    }
    // Until an operator does something.
    bool is_in_the_way(const citus::RegisteredNode& row) {
        const bool recorded =
            std::any_of(cluster.records.begin(), cluster.records.end(),
                        [&](const auto& record) { return record.node_id == row.node_id; });
        return !cluster.at_home(row) || !recorded || cluster.has_gone_back(row) ||
               ahead_of_coordinator(cluster, row) ||
               (!row.metadata_synced &&
                !cluster.has_its_shards(*cluster.reach(row.address), row.group_id));
    }
    bool may_be_followed(const SimulatedServer& server, const citus::RegisteredNode& row) {
        return !server.is_copied_directory && !cluster.is_newer(server) &&
               cluster.reach_leader(server.coordinator) != citus::LeaderReach::other_run &&
               std::none_of(cluster.records.begin(), cluster.records.end(),
                            [&](const citus::NodeRecord& record) {
                                return record.node_id == row.node_id &&
                                       (!record.copy_seen.empty() || record.behind_lsn != 0 ||
                                        citus::is_behind(server.wal, {}, record.furthest));
                            });
    }
    bool still_there(const citus::RegisteredNode& row) {
        const auto* server = cluster.reach(row.address);
        return server != nullptr && server->identity == cluster.homes[row.node_id];
    }
};

}  // namespace citus_init::test
