// The planner beside a copy and a sort of what it is given. Prints a row of the table of bench.py.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>

#include "support/simulated_agent.h"

namespace citus_init {
namespace {

using Clock = std::chrono::steady_clock;

struct World {
    test::SimulatedCluster cluster;
    test::SimulatedAgent agent{cluster};
    citus::Actual actual;
};

// All are members that were found whole, and all are looked at now.
void fill(World& world, int nodes) {
    auto& [cluster, agent, actual] = world;
    agent.policy.coordinator = {"c", 5432};
    cluster.cluster.coordinator.emplace();
    cluster.cluster.coordinator->address = agent.policy.coordinator;
    for (int number = 1; number <= nodes; ++number) {
        const HostPort address{"worker-" + std::to_string(number), 5432};
        cluster.names[address] = cluster.make_server();
        auto& server = cluster.servers.back();
        server.group_id = number;
        server.coordinator = "c:5432";
        server.shards = {number};
        cluster.placements[number] = server.shards;
        cluster.cluster.workers.push_back({number, number, address, true, true, true, true});
        cluster.homes[number] = server.identity;
        cluster.records.push_back({number, number, address, server.identity});
        agent.desired.addresses.push_back(address);
    }
    agent.act(agent.probe());
    agent.now += std::chrono::hours(1);
    actual = cluster.actual();
    for (const auto& row : cluster.cluster.workers) {
        actual.probes.insert_or_assign(row.address, cluster.probe(row.address, row.group_id));
    }
}

template <typename Work>
double milliseconds_of(Work&& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// What nobody who looks at all of it can spare.
std::size_t copy_and_sort(const World& world) {
    auto desired = world.agent.desired;
    const auto actual = world.actual;
    const auto memory = world.agent.memory;
    std::sort(desired.addresses.begin(), desired.addresses.end(),
              [](const auto& one, const auto& other) { return one.host < other.host; });
    return desired.addresses.size() + actual.probes.size() + memory.nodes.size();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int run(int nodes, int runs) {
    World world;
    fill(world, nodes);
    std::vector<double> ours;
    std::vector<double> others;
    std::vector<double> ratios;
    for (int i = 0; i < runs; ++i) {
        std::size_t actions = 0;
        std::size_t size = 0;
        ours.push_back(milliseconds_of([&] {
            const auto& agent = world.agent;
            actions = plan(agent.desired, world.actual, agent.memory, agent.now, agent.policy)
                          .actions.size();
        }));
        others.push_back(milliseconds_of([&] { size = copy_and_sort(world); }));
        ratios.push_back(ours.back() / others.back());
        if (actions != 0 || size != 3 * static_cast<std::size_t>(nodes)) {
            fmt::print(stderr, "not the quiet cluster that was meant: {} actions, {}\n", actions,
                       size);
            return 1;
        }
    }
    fmt::print(
        "| the plan for {} workers, all just looked at, against a copy and a sort of its "
        "input | {:.1f} ms | {:.1f} ms | {:.2f} | |\n",
        nodes, median(ours), median(others), median(ratios));
    return 0;
}

}  // namespace
}  // namespace citus_init

int main(int count, char** arguments) {
    return citus_init::run(count > 1 ? std::atoi(arguments[1]) : 10'000,
                           count > 2 ? std::atoi(arguments[2]) : 15);
}
