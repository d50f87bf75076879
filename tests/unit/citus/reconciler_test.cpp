#include "citus_init/citus/membership/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/reconciler_world.h"

namespace citus_init::citus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::FakeNode;
using test::kCoordinator;
using test::kFirst;
using test::kSecond;
using World = test::ReconcilerWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Reconciler, AddsFreshWorkersInTheirOrder) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    const auto report = world.pass();
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432", "add w2:5432"));
    EXPECT_EQ(to_string(report.summary), "2 of 2 workers registered");
    EXPECT_THAT(report.warnings, IsEmpty());
}

TEST(Reconciler, ReadsTheCatalogOnlyWhileAllIsWell) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    world.pass();
    world.connector.connections = 0;
    EXPECT_EQ(world.pass_after(seconds(10)).next_pass, seconds(10));
    EXPECT_EQ(world.connector.connections, 0);
    world.pass_after(seconds(60));
    EXPECT_EQ(world.connector.connections, 2);
}

TEST(Reconciler, RegistersALoneCoordinatorThatWasRemovedByHand) {
    World world(std::vector<HostPort>{});
    world.coordinator.rows.clear();
    world.pass();
    EXPECT_THAT(world.coordinator.changes, ElementsAre("host c:5432", "shards c:5432"));
    // One that gets workers holds what its operator says.
    World with_workers;
    with_workers.coordinator.rows.clear();
    with_workers.worker(kFirst).up = false;
    with_workers.pass();
    EXPECT_THAT(with_workers.coordinator.changes, ElementsAre("host c:5432"));
}

TEST(Reconciler, TriesTheUnreachableAgainWithoutHoldingUpTheOthers) {
    World world;
    world.worker(kFirst).up = false;
    world.worker(kSecond);
    auto report = world.pass();
    EXPECT_THAT(to_string(report.summary),
                HasSubstr("1 of 2 workers registered; w1:5432 (unreachable)"));
    EXPECT_THAT(report.warnings, IsEmpty());  // cluster nodes start together
    EXPECT_EQ(report.next_pass, seconds(1));
    report = world.pass_after(seconds(1));
    EXPECT_THAT(report.warnings, IsEmpty());
    EXPECT_EQ(report.next_pass, seconds(2));
    EXPECT_THAT(world.pass_after(seconds(28)).warnings, IsEmpty());
    EXPECT_THAT(world.pass_after(seconds(10)).warnings,
                ElementsAre(HasSubstr("w1:5432 (unreachable)")));
    EXPECT_THAT(world.pass_after(seconds(20)).warnings, IsEmpty());  // once per cause
    world.cluster.find(kFirst)->up = true;
    EXPECT_EQ(to_string(world.pass_after(seconds(40)).summary), "2 of 2 workers registered");
}

// What waiting does not mend.
TEST(Reconciler, WarnsSoonOfAWorkerThatAnswersAndLetsNobodyIn) {
    World world;
    world.worker(kFirst).databases.clear();
    world.worker(kSecond);
    EXPECT_THAT(world.pass().warnings, IsEmpty());
    EXPECT_THAT(world.pass_after(seconds(1)).warnings, ElementsAre(HasSubstr("w1:5432")));
}

TEST(Reconciler, RefusesByName) {
    World world;
    world.worker(kFirst).user_relations = 3;
    world.worker(kSecond);
    const auto report = world.pass();
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("worker w1:5432 (dirty): is not empty: 3")));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w2:5432"));
}

TEST(Reconciler, AddsNobodyWhomSomethingStandsAgainst) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.reason = "sorts otherwise. Make it anew";
    auto report = world.pass();
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
    EXPECT_THAT(report.warnings,
                ElementsAre(HasSubstr("w1:5432 (not ready): sorts otherwise. Make it anew")));
    EXPECT_THAT(world.pass_after(seconds(60)).warnings, IsEmpty()) << "once per cause";
    world.reason.clear();
    report = world.pass_after(seconds(120));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    EXPECT_EQ(to_string(report.summary), "1 of 1 workers registered");
}

TEST(Reconciler, TakesARemovedNodeInAgainOnceItWasStartedAnew) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    // What `citus-init remove` leaves while the server still runs.
    auto& record = world.coordinator.records.begin()->second;
    record.removed_start = worker.started_at;
    std::erase_if(world.coordinator.rows, [](const auto& row) { return row.group_id != 0; });
    worker.group_id = 0;
    worker.rows.clear();
    auto report = world.pass_after(seconds(60));
    EXPECT_THAT(to_string(report.summary), HasSubstr("was taken out by `citus-init remove`"));
    EXPECT_THAT(report.warnings, IsEmpty());
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    worker.started_at = "later";
    report = world.pass_after(seconds(60));
    EXPECT_EQ(to_string(report.summary), "1 of 1 workers registered");
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432", "add w1:5432"));
}

TEST(Reconciler, StopsWhenAnEmptyCoordinatorMeetsAMember) {
    World world;
    auto& member = world.worker(kFirst);
    member.group_id = 4;
    member.rows = world.coordinator.rows;
    world.worker(kSecond);
    auto report = world.pass();
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("coordinator metadata lost?")));
    EXPECT_THAT(to_string(report.summary), HasSubstr("coordinator metadata lost?"));
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(world.pass_after(report.next_pass).warnings, IsEmpty());
    }
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
    EXPECT_EQ(member.group_id, 4);
}

TEST(Reconciler, WaitsWhileAMemberIsDown) {
    World world;
    world.worker(kFirst);
    world.pass();
    world.cluster.find(kFirst)->up = false;
    world.worker(kSecond);
    const auto report = world.pass_after(seconds(2));
    EXPECT_THAT(to_string(report.summary),
                HasSubstr("w2:5432 (fresh): has to wait: the registered worker "
                          "w1:5432 does not answer"));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    world.cluster.find(kFirst)->up = true;
    EXPECT_EQ(to_string(world.pass_after(seconds(4)).summary), "2 of 2 workers registered");
}

TEST(Reconciler, RetriesConflictsAFewTimesThenLessOften) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    const SqlError deadlock{"40P01", "canceled by a distributed deadlock", "", ""};
    world.coordinator.errors[statement::kAddNode] = std::vector<SqlError>(9, deadlock);
    auto report = world.pass();
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(report.next_pass, milliseconds(100));
        EXPECT_THAT(report.warnings, IsEmpty());
        report = world.pass_after(report.next_pass);
    }
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("40P01")));
    EXPECT_EQ(to_string(world.pass_after(seconds(29)).summary).substr(0, 6), "0 of 1");
    EXPECT_EQ(to_string(world.pass_after(seconds(1)).summary), "1 of 1 workers registered");
}

TEST(Reconciler, SeesThatTwoNamesAreOneServer) {
    World world;
    world.worker(kFirst);
    world.cluster.alias(kSecond, kFirst);
    const auto report = world.pass();
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("w2:5432 (duplicate)")));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
}

TEST(Reconciler, NeverTouchesAWipedWorker) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();
    world.worker(kFirst);  // anew, under the same name
    const auto report = world.pass_after(seconds(60));
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("w1:5432 (wiped)")));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
}

TEST(Reconciler, AddsAgainWhatLeftCleanly) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    world.coordinator.rows.pop_back();
    worker.rows.clear();
    worker.group_id = 0;
    EXPECT_EQ(to_string(world.pass_after(seconds(10)).summary), "1 of 1 workers registered");
}

TEST(Reconciler, OnlyObservesOnAStandby) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.coordinator.in_recovery = true;
    EXPECT_THAT(to_string(world.pass().summary), HasSubstr("standby"));
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
}

TEST(Reconciler, SaysWhenItsOwnSessionBroke) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.coordinator.up = false;
    test::FakeSession session(world.cluster, world.cluster.find(kCoordinator));
    const auto report = world.reconciler.pass(session, world.desired, world.now);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().sqlstate, "08006");
}

TEST(Reconciler, FinishesAnUpgradeOnceAllWorkersHaveTheVersion) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    world.coordinator.last_upgrade = "12.1-1";
    world.pass();
    world.pass_after(seconds(60));
    EXPECT_THAT(world.coordinator.changes,
                ElementsAre("add w1:5432", "add w2:5432", statement::kFinishUpgrade));
}

// Each is probed at times of its own: the one that was behind may be alone in its pass.
TEST(Reconciler, FinishesAnUpgradeWhenTheLastWorkerFollows) {
    World world;
    auto& first = world.worker(kFirst);
    auto& second = world.worker(kSecond);
    world.pass();
    world.coordinator.last_upgrade = "12.1-1";
    for (FakeNode* node : {&first, &second}) {
        node->extension = "12.1-1";
        world.pass_after(seconds(47));
    }
    world.coordinator.changes.clear();
    first.extension = "13.2-1";
    for (int i = 0; i < 20; ++i) {
        world.pass_after(seconds(10));
    }
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
    second.extension = "13.2-1";
    for (int i = 0; i < 20 && world.coordinator.changes.empty(); ++i) {
        world.pass_after(seconds(10));
    }
    EXPECT_THAT(world.coordinator.changes, ElementsAre(statement::kFinishUpgrade));
}

// Whatever the workers are: only one that was fresh is ever given to citus_add_node().
TEST(Reconciler, NeverChangesANodeThatIsNotFresh) {
    const bool held = rc::check([] {
        World world;
        std::vector<FakeNode*> forbidden;
        const bool known = *rc::gen::arbitrary<bool>();
        for (const auto& address : {kFirst, kSecond}) {
            auto& node = world.worker(address);
            node.up = *rc::gen::arbitrary<bool>();
            node.group_id = *rc::gen::element(0, 0, 7);
            node.user_relations = *rc::gen::element(0, 0, 1);
            node.encoding = *rc::gen::element<std::string>("UTF8", "UTF8", "SQL_ASCII");
            node.extension = *rc::gen::element<std::string>("13.2-1", "13.2-1", "", "12.1-1");
            if (node.group_id != 0 || *rc::gen::arbitrary<bool>()) {
                node.rows = world.coordinator.rows;
            }
            if (node.group_id != 0 || node.user_relations != 0 || node.encoding != "UTF8" ||
                node.extension != "13.2-1" || !node.rows.empty()) {
                forbidden.push_back(&node);
            }
        }
        if (known) {
            world.worker({"member", 5432});
            RC_ASSERT(world.cluster.add_node(world.coordinator, {"member", 5432}));
        }
        std::vector<std::pair<int, std::size_t>> before;
        for (const auto* node : forbidden) {
            before.emplace_back(node->group_id, node->rows.size());
        }
        for (int i = 0; i < 10; ++i) {
            for (const auto& address : {kFirst, kSecond}) {
                world.cluster.find(address)->up = *rc::gen::arbitrary<bool>();
            }
            world.pass_after(seconds(*rc::gen::inRange(0, 40)));
        }
        for (std::size_t i = 0; i < forbidden.size(); ++i) {
            RC_ASSERT(forbidden[i]->group_id == before[i].first);
            RC_ASSERT(forbidden[i]->rows.size() == before[i].second);
        }
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace citus_init::citus
