// Random schedules of joins, wipes, moves, partitions, copies, thefts, crashes at every call and
// changes between look and call, on a cluster that fails as Citus does. CITUS_INIT_SIMULATION_
// SCHEDULES and _NODES make it as long and as large as wanted; _SEED is the first one.
#include <cstdlib>

#include <gtest/gtest.h>

#include "support/simulated_schedule.h"

namespace citus_init::citus {
namespace {

using test::SimulatedSchedule;

int number_from(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

struct Result {
    std::string trouble;
    // Until the last call, once the faults were over.
    int passes = 0;
    std::chrono::seconds time{0};
};

Result run_schedule(std::uint64_t seed, int most_nodes) {
    SimulatedSchedule schedule(seed, most_nodes);
    schedule.run(25);
    const auto placed = schedule.cluster.placements;
    schedule.heal();
    const int passes = schedule.converge();
    Result result;
    result.passes = schedule.last_call;
    result.time = schedule.last_call_after;
    if (!schedule.cluster.violations.empty()) {
        result.trouble = schedule.cluster.violations.front();
    } else if (passes < 0) {
        result.trouble = "never comes to rest";
    } else if (placed != schedule.cluster.placements) {
        result.trouble = "a placement was lost";
    } else {
        result.trouble = schedule.unfinished();
    }
    if (!result.trouble.empty()) {
        result.trouble += "\n" + status_line(schedule.agent.probe());
    }
    return result;
}

TEST(MembershipSimulation, LosesNothingAndComesToRest) {
    const int schedules = number_from("CITUS_INIT_SIMULATION_SCHEDULES", 400);
    const int first = number_from("CITUS_INIT_SIMULATION_SEED", 1);
    const int nodes = number_from("CITUS_INIT_SIMULATION_NODES", 12);
    int most_passes = 0;
    std::chrono::seconds longest{0};
    for (int seed = first; seed < first + schedules; ++seed) {
        const auto result = run_schedule(static_cast<std::uint64_t>(seed), 2 + seed % (nodes - 1));
        ASSERT_EQ(result.trouble, "") << "seed " << seed;
        most_passes = std::max(most_passes, result.passes);
        longest = std::max(longest, result.time);
    }
    RecordProperty("passes_until_the_last_call", most_passes);
    RecordProperty("seconds_until_the_last_call", static_cast<int>(longest.count()));
    // A member is looked at each 60 s, a refused node each 30 s, and a call may need both, twice.
    EXPECT_LE(longest, std::chrono::seconds(180));
}

// Two names of one node beside swapped addresses of nodes that were never recorded.
TEST(MembershipSimulation, KeepsWhatItFound) {
    EXPECT_EQ(run_schedule(3893, 2 + 3893 % 49).trouble, "");
}

TEST(MembershipSimulation, HoldsForALargeClusterToo) {
    const int nodes = number_from("CITUS_INIT_SIMULATION_LARGE", 150);
    SimulatedSchedule schedule(42, nodes, nodes);
    schedule.run(25);
    schedule.heal();
    EXPECT_GT(schedule.converge(), 0);
    EXPECT_EQ(schedule.unfinished(), "");
    EXPECT_TRUE(schedule.cluster.violations.empty());
    EXPECT_GE(static_cast<int>(schedule.cluster.cluster.workers.size()), nodes / 2);
}

}  // namespace
}  // namespace citus_init::citus
