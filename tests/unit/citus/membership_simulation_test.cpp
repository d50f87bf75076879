// Random schedules of joins, wipes, moves, partitions, copies, thefts, verbs, restored and second
// coordinators, crashes at every call and changes between look and call, on a cluster that fails as
// Citus does. CITUS_INIT_SIMULATION_SCHEDULES and _NODES make it as long and as large as wanted;
// _SEED is the first one.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/simulated_schedule.h"

namespace citus_init::citus {
namespace {

using test::SimulatedSchedule;

int number_from(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

struct Outcome {
    std::string trouble;
    // Until the last call, once the faults were over.
    int passes = 0;
    std::chrono::seconds time{0};
};

Outcome run_schedule(std::uint64_t seed, int most_nodes) {
    SimulatedSchedule schedule(seed, most_nodes);
    schedule.run(25);
    const auto placed = schedule.cluster.placements;
    schedule.heal();
    const int passes = schedule.converge();
    Outcome result;
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
        result.trouble += "\n" + to_string(summarize(schedule.agent.probe()));
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

// A cluster of two workers, whose calls are made without asking first.
class CarelessCalls : public testing::Test {
  protected:
    CarelessCalls() {
        cluster.cluster.coordinator.emplace().address = cluster.own_address;
        for (const auto& name : {first, second}) {
            add(name);
        }
        EXPECT_THAT(cluster.violations, testing::IsEmpty());
    }

    void add(const HostPort& name) {
        cluster.names[name] = cluster.make_server();
        EXPECT_TRUE(cluster.add_node(name));
        const auto& row = *cluster.row_at(name);
        cluster.record(row.node_id, row.group_id, name, at(name).identity);
    }
    test::SimulatedServer& at(const HostPort& name) { return *cluster.reach(name); }
    void put(const HostPort& name, const test::SimulatedServer& server) {
        cluster.servers[static_cast<std::size_t>(cluster.names[name] = cluster.make_server())] =
            server;
    }
    void expect_violation(const std::string& what) {
        EXPECT_THAT(cluster.violations, testing::Contains(testing::HasSubstr(what)));
    }

    const HostPort first{"w1", 5432};
    const HostPort second{"w2", 5432};
    const HostPort third{"w3", 5432};
    test::SimulatedCluster cluster;
};

TEST_F(CarelessCalls, WriteToAnotherServerUnderAMembersName) {
    cluster.names[first] = cluster.make_server();
    add(third);
    expect_violation("wrote to an unknown node at w1:5432");
}

TEST_F(CarelessCalls, WriteToAnotherClustersWorkerOfTheSameGroupAndNames) {
    auto theirs = at(first);
    theirs.identity = {"theirs", "theirs"};
    put(first, theirs);
    add(third);
    expect_violation("wrote to an unknown node at w1:5432");
}

TEST_F(CarelessCalls, WriteToAMemberOutsideTheRecord) {
    cluster.records.pop_back();
    add(third);
    expect_violation("wrote to the unrecorded w2:5432");
}

TEST_F(CarelessCalls, WriteToSwappedMembers) {
    std::swap(cluster.names[first], cluster.names[second]);
    test::remove_node(cluster, second);
    expect_violation("wrote to an unknown node at w1:5432");
}

TEST_F(CarelessCalls, FollowAnOlderCopy) {
    put(third, cluster.copy_of(at(first)));
    cluster.write(cluster.cluster.workers.front());
    at(first).up = false;
    EXPECT_TRUE(cluster.update_node(1, third));
    expect_violation("followed an older copy to w3:5432");
}

TEST_F(CarelessCalls, AddAMemberThatAnotherCoordinatorHas) {
    cluster.names[third] = cluster.make_server();
    at(third).group_id = 4;
    at(third).coordinator = "other:5432";
    EXPECT_TRUE(cluster.add_node(third));
    expect_violation("stole a member: w3:5432");
}

TEST_F(CarelessCalls, TakeTheWorkersOverFromACoordinatorThatLives) {
    cluster.other_leaders.insert("c:5432");
    EXPECT_TRUE(cluster.set_coordinator_host({"copy", 5432}));
    expect_violation("took the workers over from a coordinator that lives");
}

TEST_F(CarelessCalls, WriteToTheWorkersOfACoordinatorThatLives) {
    cluster.other_leaders.insert("c:5432");
    test::move_shards(cluster, cluster.cluster.workers.front(), cluster.cluster.workers.back());
    expect_violation("wrote to another coordinator's workers");
}

TEST_F(CarelessCalls, MakeAWorkerForgetWhatARestoredCoordinatorDoesNotKnow) {
    cluster.back_up();
    add(third);
    cluster.restore();
    add({"w4", 5432});
    expect_violation("wrote to the newer w1:5432");
}

TEST_F(CarelessCalls, FollowAWorkerThatARestoredCoordinatorIsOlderThan) {
    cluster.back_up();
    add(third);
    cluster.restore();
    const HostPort fourth{"w4", 5432};
    cluster.names[fourth] = cluster.names[first];
    cluster.names.erase(first);
    EXPECT_TRUE(cluster.update_node(1, fourth));
    expect_violation("followed a newer worker to w4:5432");
}

}  // namespace
}  // namespace citus_init::citus
