#include <algorithm>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/citus/membership/plan.h"

#include "support/membership_world.h"
#include "support/simulated_schedule.h"

namespace citus_init::citus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::actions_of;
using test::MembershipPlan;
using test::named;
using test::SimulatedSchedule;
using test::SimulatedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(MembershipPlan, NamesTheCoordinatorThenAddsTheFreshInOrder) {
    const auto plan = agent.probe();
    EXPECT_THAT(actions_of(plan), ElementsAre("name coordinator c", "add w1", "add w2"));
    EXPECT_EQ(node(plan, "w1").state, NodeState::adding);
}

TEST_F(MembershipPlan, HasNothingToDoOnceItIsDone) {
    settle();
    const auto plan = probe_all();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w1").state, NodeState::active);
    EXPECT_EQ(plan.next_pass, seconds(10));
    EXPECT_EQ(to_string(summarize(plan)), "2 of 2 workers registered");
}

TEST_F(MembershipPlan, FollowsANodeThatWasSeenTwiceAtItsNewAddress) {
    settle();
    cluster.placements[row("w1").group_id] = {7};
    server("w1").shards = {7};
    move("w1", "w9");
    auto plan = probe_all();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w9").state, NodeState::moving);
    EXPECT_LE(plan.next_pass, seconds(2));
    plan = probe_twice();
    ASSERT_THAT(actions_of(plan), ElementsAre("follow w9"));
    EXPECT_EQ(plan.actions[0].old_address, named("w1"));
    agent.act(plan);
    EXPECT_THAT(probe_all().actions, IsEmpty());
    EXPECT_EQ(row("w9").address, named("w9"));
    EXPECT_THAT(cluster.violations, IsEmpty());
}

TEST_F(MembershipPlan, FollowsNobodyWhoAnswersUnderTheOldAddressToo) {
    settle();
    cluster.names[named("w9")] = cluster.names[named("w1")];
    agent.desired.addresses.push_back(named("w9"));
    const auto plan = probe_twice();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w9").node_class, NodeClass::duplicate);
}

// The simulation's seed 731: it tried for ever.
TEST_F(MembershipPlan, FollowsNoCopyOfANodeThatAnotherClusterTook) {
    settle();
    const SimulatedServer copy = server("w1");
    make("w9") = copy;
    server("w1").coordinator = "elsewhere:1";
    const auto plan = probe_twice();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w9").node_class, NodeClass::duplicate);
}

// The simulation's seed 50: it took the name in the middle for the node's own.
TEST_F(MembershipPlan, FollowsToAFreeNameBesideSwappedAddresses) {
    settle();
    std::swap(cluster.names[named("w1")], cluster.names[named("w2")]);
    cluster.names[named("w9")] = cluster.names[named("w1")];
    agent.desired.addresses.push_back(named("w9"));
    EXPECT_THAT(actions_of(probe_twice()), ElementsAre("follow w9"));
}

TEST_F(MembershipPlan, FollowsNobodyWithoutItsShardsOrWithoutRecord) {
    settle();
    cluster.placements[row("w1").group_id] = {7};
    move("w1", "w9");
    auto plan = probe_twice();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w9").state, NodeState::lost);
    server("w9").shards = {7};
    cluster.records.clear();
    plan = probe_twice();
    EXPECT_EQ(node(plan, "w9").state, NodeState::blocked);
    EXPECT_THAT(node(plan, "w9").reason, HasSubstr("citus_update_node(1, 'w9', 5432)"));
    EXPECT_THAT(plan.actions, IsEmpty());
}

TEST_F(MembershipPlan, DoesNotUntangleSwappedAddresses) {
    settle();
    std::swap(cluster.names[named("w1")], cluster.names[named("w2")]);
    const auto plan = probe_twice();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_THAT(node(plan, "w1").reason, HasSubstr("were swapped"));
}

TEST_F(MembershipPlan, ResyncsOnlyAWholeNodeAndOnlyAfterAWhile) {
    settle();
    cluster.cluster.workers.front().metadata_synced = false;
    const auto noticed = agent.now;
    agent.act(agent.probe());
    agent.now = noticed + seconds(14);
    EXPECT_THAT(agent.probe().actions, IsEmpty());
    agent.now = noticed + seconds(16);
    EXPECT_THAT(actions_of(agent.probe()), ElementsAre("resync w1"));
    cluster.placements[row("w1").group_id] = {7};
    EXPECT_THAT(agent.probe().actions, IsEmpty());
}

TEST_F(MembershipPlan, ReportsBeforehandThatADeadMemberBlocksTheOthers) {
    settle();
    server("w1").up = false;
    make("w3");
    const auto plan = probe_all();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_THAT(node(plan, "w3").reason,
                HasSubstr("has to wait: the registered worker w1:5432 does not answer"));
}

TEST_F(MembershipPlan, WritesToNoStrangerAtARegisteredAddress) {
    settle();
    server("w1").coordinator = "elsewhere:1";
    make("w3");
    const auto plan = probe_all();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_THAT(node(plan, "w3").reason, HasSubstr("somebody else answers (foreign)"));
}

TEST_F(MembershipPlan, RenamesTheCoordinatorOnlyWhenEverybodyHearsIt) {
    settle();
    agent.policy.coordinator = named("c2");
    server("w1").up = false;
    EXPECT_THAT(probe_all().actions, IsEmpty());
    server("w1").up = true;
    EXPECT_THAT(actions_of(probe_all()), ElementsAre("name coordinator c2"));
}

TEST_F(MembershipPlan, RecordsWhomItFindsHealthy) {
    settle();
    cluster.records.clear();
    agent.memory = {};
    EXPECT_THAT(actions_of(probe_all()), ElementsAre("record w1", "record w2"));
    cluster.placements[row("w1").group_id] = {7};
    EXPECT_THAT(actions_of(probe_all()), ElementsAre("record w2"));
}

TEST_F(MembershipPlan, KeepsAndReportsWhatIsNotDesired) {
    settle();
    std::erase(agent.desired.addresses, named("w2"));
    auto plan = probe_all();
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_FALSE(node(plan, "w2").desired);
    EXPECT_THAT(node(plan, "w2").reason, HasSubstr("It is kept"));
    EXPECT_THAT(new_warnings(plan.nodes, "", plan.memory),
                ElementsAre(HasSubstr("worker w2:5432 (member): is registered, but not among")));
    agent.desired.complete = false;  // nobody knows whether it is desired
    EXPECT_EQ(node(probe_all(), "w2").reason, "");
}

TEST_F(MembershipPlan, StopsWhenTheMetadataWereLost) {
    settle();
    cluster.cluster = {};
    cluster.records.clear();
    agent.memory = {};
    make("w3");
    const auto plan = probe_all();
    EXPECT_THAT(plan.stopped, HasSubstr("coordinator metadata lost?"));
    EXPECT_THAT(plan.actions, IsEmpty());
}

TEST_F(MembershipPlan, GoesOnWhenAllWorkersWereRemoved) {
    settle();
    cluster.cluster.workers.clear();
    make("w3");
    const auto plan = probe_all();
    EXPECT_EQ(plan.stopped, "");
    EXPECT_EQ(node(plan, "w1").node_class, NodeClass::zombie);
    EXPECT_THAT(actions_of(plan), ElementsAre("add w3"));
}

TEST_F(MembershipPlan, ForgetsNoOldMemberWhileTheMetadataIsGone) {
    settle();
    cluster.cluster.workers.clear();
    cluster.records.clear();
    agent.memory = {};
    agent.act(probe_all());
    server("w1").up = server("w2").up = false;
    make("w3");
    EXPECT_THAT(probe_all().stopped, HasSubstr("coordinator metadata lost?"));
}

TEST_F(MembershipPlan, FinishesAnUpgradeWhenAllHaveTheVersion) {
    settle();
    auto actual = cluster.actual();
    actual.own.membership->last_upgrade_version = "12.1-1";
    const auto plan_with_minor = [&](int minor) {
        for (const char* host : {"w1", "w2"}) {
            auto probe = cluster.probe(named(host), row(host).group_id);
            probe.facts->server.extension->sql_patch = host[1] == '2' ? minor : 1;
            actual.probes.insert_or_assign(named(host), probe);
        }
        return plan(agent.desired, actual, agent.memory, agent.now, agent.policy);
    };
    EXPECT_THAT(plan_with_minor(0).actions, IsEmpty());
    EXPECT_THAT(actions_of(plan_with_minor(1)), ElementsAre("finish upgrade c"));
}

// The others were probed in passes of their own.
TEST_F(MembershipPlan, HasTheOthersProbedBeforeItFinishesAnUpgrade) {
    settle();
    auto actual = cluster.actual();
    actual.own.membership->last_upgrade_version = "12.1-1";
    actual.probes.clear();
    actual.probes.insert_or_assign(named("w2"), cluster.probe(named("w2"), row("w2").group_id));
    const auto asked = plan(agent.desired, actual, agent.memory, agent.now, agent.policy);
    EXPECT_THAT(asked.actions, IsEmpty());
    EXPECT_THAT(asked.wanted_probes, ElementsAre(named("w1")));
}

TEST_F(MembershipPlan, OnlyProbesWhereItMayNotAct) {
    auto actual = cluster.actual();
    actual.observe_only = "another supervisor";
    for (const char* host : {"w1", "w2"}) {
        actual.probes.insert_or_assign(named(host), cluster.probe(named(host)));
    }
    const auto observed = plan(agent.desired, actual, {}, agent.now, agent.policy);
    EXPECT_THAT(observed.actions, IsEmpty());
    EXPECT_THAT(to_string(summarize(observed)), HasSubstr("observing only: another supervisor"));
}

// The order of rows, records and probes is nobody's intention.
TEST_F(MembershipPlan, DoesNotDependOnTheOrderOfWhatItReads) {
    const bool held = rc::check([](std::uint64_t seed) {
        SimulatedSchedule schedule(seed, 10);
        schedule.run(10);
        auto actual = schedule.cluster.actual();
        for (const auto& [name, server] : schedule.cluster.names) {
            actual.probes.insert_or_assign(name, schedule.cluster.probe(name, 1));
        }
        const auto& its = schedule.agent;
        const auto first = plan(its.desired, actual, its.memory, its.now, its.policy);
        std::reverse(actual.cluster.workers.begin(), actual.cluster.workers.end());
        std::reverse(actual.records.begin(), actual.records.end());
        const auto second = plan(its.desired, actual, its.memory, its.now, its.policy);
        auto one = actions_of(first);
        auto other = actions_of(second);
        std::sort(one.begin(), one.end());
        std::sort(other.begin(), other.end());
        RC_ASSERT(one == other);
    });
    EXPECT_TRUE(held);
}

TEST_F(MembershipPlan, PlansTenThousandNodesInNoTime) {
    agent.desired.addresses.clear();
    for (int i = 0; i < 10'000; ++i) {
        make("n" + std::to_string(i));
    }
    const auto actual_of = [this] {
        auto actual = cluster.actual();
        for (const auto& [name, server] : cluster.names) {
            actual.probes.insert_or_assign(name, cluster.probe(name));
        }
        return actual;
    };
    const auto actual = actual_of();
    // Of this process alone: the machine has others.
    const auto began = std::clock();
    const auto result = plan(agent.desired, actual, {}, agent.now, agent.policy);
    const auto took = milliseconds((std::clock() - began) * 1000 / CLOCKS_PER_SEC);
    EXPECT_EQ(result.actions.size(), 10'001U);
    RecordProperty("milliseconds", static_cast<int>(took.count()));
    EXPECT_LT(took, milliseconds(2000));  // 20 ms when optimised; this is a sanitised build, maybe
}

}  // namespace
}  // namespace citus_init::citus
