// What the reconciler records, follows, and only looks at.
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/citus/membership/reconciler.h"

#include "citus/statements.h"
#include "support/reconciler_world.h"

namespace citus_init::citus {
namespace {

using std::chrono::seconds;
using test::FakeNode;
using test::kCoordinator;
using test::kFirst;
using test::kSecond;
using World = test::ReconcilerWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Reconciler, SendsOneStatementWhileThereIsNothingToDo) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    world.pass();
    const int before = world.coordinator.statements;
    world.pass_after(seconds(10));
    EXPECT_EQ(world.coordinator.statements, before + 1);
}

TEST(Reconciler, RecordsWhomItAdded) {
    World world(std::vector{kFirst});
    const auto& worker = world.worker(kFirst);
    world.pass();
    ASSERT_EQ(world.coordinator.records.size(), 1U);
    EXPECT_EQ(world.coordinator.records.begin()->second.identity,
              (Identity{worker.system_identifier, worker.server_id}));
    EXPECT_EQ(world.coordinator.records.begin()->second.address, kFirst);
}

TEST(Reconciler, AddsAndRecordsOrDoesNeither) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.coordinator.on_change = [&] { world.coordinator.up = false; };  // between the two
    test::FakeSession session(world.cluster, world.cluster.find(kCoordinator));
    EXPECT_FALSE(world.reconciler.pass(session, world.desired, world.now));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    EXPECT_THAT(world.coordinator.records, IsEmpty());
    EXPECT_EQ(world.coordinator.rows.size(), 1U);  // its own
    EXPECT_EQ(worker.group_id, 0);
    world.coordinator.on_change = nullptr;
    world.coordinator.up = true;
    EXPECT_EQ(to_string(world.pass_after(seconds(1)).summary), "1 of 1 workers registered");
    EXPECT_EQ(world.coordinator.records.size(), 1U);
}

TEST(Reconciler, EndsTheTransactionOfAnAdditionThatFails) {
    for (const char* statement : {statement::kWriteRecord, statement::kCommit}) {
        World world;
        world.worker(kFirst);
        world.worker(kSecond);
        world.coordinator.errors[statement] = {SqlError{"53100", "disk full", "", ""}};
        EXPECT_THAT(world.pass().warnings, ElementsAre(HasSubstr("disk full")));
        ASSERT_EQ(world.coordinator.rows.size(), 2U) << statement;
        EXPECT_EQ(world.coordinator.rows.back().address, kSecond);
        EXPECT_EQ(world.coordinator.records.size(), 1U);
    }
}

TEST(Reconciler, FollowsAWorkerThatMovedRightAfterItWasAdded) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    // The agent dies with the answer to its COMMIT: nothing that comes later is done.
    world.coordinator.errors[statement::kShardNames] = {SqlError{"08006", "killed", "", ""}};
    world.coordinator.errors["SELECT 1"] = {SqlError{"08006", "killed", "", ""}};
    test::FakeSession session(world.cluster, world.cluster.find(kCoordinator));
    EXPECT_FALSE(world.reconciler.pass(session, world.desired, world.now));
    const HostPort there{"elsewhere", 5432};
    world.cluster.alias(there, kFirst);
    world.cluster.forget(kFirst);
    world.desired.addresses = {there};
    Reconciler next(world.connector, World::default_settings(), [] { return 0.0; });
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(next.pass(session, world.desired, world.now));
        world.now += seconds(2);
    }
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432", HasSubstr("to elsewhere:")));
}

TEST(Reconciler, FollowsAWorkerToItsNewAddress) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.shards = {"t_1"};
    world.coordinator.placements[worker.group_id] = {"t_1"};
    const HostPort there{"elsewhere", 5432};
    world.cluster.alias(there, kFirst);
    world.cluster.forget(kFirst);
    world.desired.addresses = {there};
    auto report = world.pass_after(seconds(1));
    EXPECT_EQ(report.next_pass, seconds(2));
    report = world.pass_after(seconds(2));
    EXPECT_THAT(report.changes,
                ElementsAre("followed the worker w1:5432 to its new address elsewhere:5432"));
    EXPECT_EQ(to_string(report.summary), "1 of 1 workers registered");
    EXPECT_EQ(world.coordinator.records.begin()->second.address, there);
}

// Another server with the same data: a base backup, a snapshot.
FakeNode& copy_to(World& world, const HostPort& from, const HostPort& to) {
    const FakeNode original = *world.cluster.find(from);
    auto& copy = world.cluster.add(to);
    copy = original;
    copy.started_at = "1700009999.5";
    return copy;
}

TEST(Reconciler, NotesHowFarItsWorkersCame) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.wal.lsn = 5000;
    world.pass_after(seconds(61));
    EXPECT_EQ(world.coordinator.records.begin()->second.furthest, worker.wal);
    worker.wal.lsn = 4000;
    EXPECT_THAT(world.pass_after(seconds(61)).warnings, ElementsAre(HasSubstr("(stale)")));
    EXPECT_EQ(world.coordinator.records.begin()->second.furthest.lsn, 5000U);
}

TEST(Reconciler, KeepsAMemberThatHasGoneBackOutHoweverMuchItWritesAfterwards) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.wal.lsn = 5000;
    world.pass_after(seconds(61));
    worker.wal.lsn = 4000;
    world.pass_after(seconds(61));
    auto& record = world.coordinator.records.begin()->second;
    EXPECT_EQ(record.behind_lsn, 4000U);
    worker.wal.lsn = 6000;
    const auto status = to_string(world.pass_after(seconds(61)).summary);
    EXPECT_THAT(status, HasSubstr("older data has been running there: it ended at 0/FA0"));
    EXPECT_THAT(status, HasSubstr("UPDATE citus_init.node SET wal_lsn = NULL"));
    EXPECT_EQ(record.furthest.lsn, 5000U);
    // The operator decides.
    record.furthest = {};
    EXPECT_EQ(to_string(world.pass_after(seconds(61)).summary), "1 of 1 workers registered");
    EXPECT_EQ(record.furthest.lsn, 6000U);
    EXPECT_EQ(record.behind_lsn, 0U);
}

TEST(Reconciler, TakesAMemberThatReplaysItsWalForNoneThatHasGoneBack) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.wal.lsn = 5000;
    world.pass_after(seconds(61));
    worker.in_recovery = true;
    worker.wal.lsn = 4000;
    world.pass_after(seconds(61));
    worker.in_recovery = false;
    worker.wal.lsn = 5500;
    EXPECT_EQ(to_string(world.pass_after(seconds(61)).summary), "1 of 1 workers registered");
}

TEST(Reconciler, FollowsNobodyWhereOlderDataHasBeenRunning) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.wal.lsn = 5000;
    world.pass_after(seconds(61));
    const HostPort there{"elsewhere", 5432};
    auto& newest = copy_to(world, kFirst, there);
    newest.up = false;
    worker.wal.lsn = 4000;
    world.pass_after(seconds(61));
    worker.up = false;
    newest.up = true;
    world.desired.addresses = {there};
    PassReport report;
    for (int i = 0; i < 4; ++i) {
        report = world.pass_after(seconds(31));
    }
    EXPECT_THAT(to_string(report.summary), HasSubstr("where older data has been running"));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
}

TEST(Reconciler, DoesNotFollowAnOlderCopy) {
    const HostPort there{"elsewhere", 5432};
    for (const bool is_flagged : {true, false}) {
        World world(std::vector{kFirst});
        auto& worker = world.worker(kFirst);
        world.pass();
        auto& copy = copy_to(world, kFirst, there);
        copy.is_copied_directory = is_flagged;
        worker.wal.lsn += is_flagged ? 0 : 1;  // not seen, or seen
        world.pass_after(seconds(61));
        worker.up = false;
        world.desired.addresses = {there};
        for (int i = 0; i < 4; ++i) {
            world.pass_after(seconds(31));
        }
        EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    }
}

TEST(Reconciler, DoesNotFollowAnIdentityThatWasSeenAtTwoAddresses) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    const HostPort there{"elsewhere", 5432};
    auto& copy = copy_to(world, kFirst, there);
    copy.wal.lsn += 500;
    world.desired.addresses = {there};
    EXPECT_THAT(to_string(world.pass_after(seconds(1)).summary),
                HasSubstr("elsewhere:5432 is the newer one (0/5DC on timeline 1 against"));
    EXPECT_EQ(world.coordinator.records.begin()->second.copy_seen, "elsewhere:5432");
    worker.up = false;
    PassReport report;
    for (int i = 0; i < 4; ++i) {
        report = world.pass_after(seconds(31));
    }
    EXPECT_THAT(to_string(report.summary),
                HasSubstr("a copy of that worker was seen at elsewhere:5432"));
    EXPECT_THAT(to_string(report.summary), HasSubstr("citus_update_node(1, 'elsewhere', 5432)"));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    // The operator's word.
    world.coordinator.rows.back().address = there;
    copy.rows = world.coordinator.rows;
    EXPECT_EQ(to_string(world.pass_after(seconds(31)).summary), "1 of 1 workers registered");
    EXPECT_EQ(world.coordinator.records.begin()->second.address, there);
    EXPECT_EQ(world.coordinator.records.begin()->second.copy_seen, "");
}

TEST(Reconciler, TakesOneServerWithTwoNamesForNoCopy) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();
    const HostPort there{"elsewhere", 5432};
    world.cluster.alias(there, kFirst);
    world.desired.addresses = {kFirst, there};
    world.pass_after(seconds(61));
    EXPECT_EQ(world.coordinator.records.begin()->second.copy_seen, "");
}

TEST(Reconciler, ARestoredCoordinatorChangesNothingWhileAWorkerKnowsMore) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    world.pass();
    worker.greatest_shard = 102039;
    world.coordinator.greatest_shard = 102008;
    world.worker(kSecond);
    world.desired.addresses = {kFirst, kSecond};
    EXPECT_THAT(to_string(world.pass_after(seconds(61)).summary),
                HasSubstr("w1:5432 is newer than this"));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    world.coordinator.greatest_shard = 102040;  // its newest data
    world.pass_after(seconds(61));
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432", "add w2:5432"));
}

TEST(Reconciler, ARestoredCoordinatorDoesNotFollowAWorkerThatKnowsMore) {
    for (const bool knows_more : {true, false}) {
        World world(std::vector{kFirst});
        auto& worker = world.worker(kFirst);
        world.pass();
        const HostPort there{"elsewhere", 5432};
        auto& moved = copy_to(world, kFirst, there);
        worker.up = false;
        moved.greatest_shard = 102039;
        world.coordinator.greatest_shard = knows_more ? 102008 : 102039;
        world.desired.addresses = {there};
        PassReport report;
        for (int i = 0; i < 4; ++i) {
            report = world.pass_after(seconds(31));
        }
        const std::vector<std::string> changes = world.coordinator.changes;
        EXPECT_EQ(changes.size(), knows_more ? 1U : 2U);
        EXPECT_EQ(to_string(report.summary).find("elsewhere:5432 is newer than this") !=
                      std::string::npos,
                  knows_more);
    }
}

TEST(Reconciler, ACopyThatTheWorkersDoNotReachActsOnNoneOfThem) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();
    const HostPort there{"c2", 5432};
    auto& copy = copy_to(world, kCoordinator, there);
    copy.changes.clear();
    world.worker(kSecond);
    world.desired.addresses = {kFirst, kSecond};
    test::FakeSession session(world.cluster, world.cluster.find(there));
    const auto report = world.reconciler.pass(session, world.desired, world.now + seconds(61));
    ASSERT_TRUE(report);
    EXPECT_THAT(to_string(report->summary),
                HasSubstr("w1:5432 is led by another coordinator: it reaches"));
    EXPECT_THAT(copy.changes, IsEmpty());
}

TEST(Reconciler, DoesNotChangeItsAddressWhileAnotherAnswersAsIt) {
    auto settings = World::default_settings();
    settings.coordinator = {"c2", 5432};
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();
    auto& copy = copy_to(world, kCoordinator, settings.coordinator);
    copy.changes.clear();
    Reconciler other(world.connector, settings, [] { return 0.0; });
    test::FakeSession session(world.cluster, world.cluster.find(settings.coordinator));
    ASSERT_TRUE(other.pass(session, world.desired, world.now));
    EXPECT_THAT(copy.changes, IsEmpty());
    world.coordinator.up = false;  // for good
    world.now += seconds(120);
    ASSERT_TRUE(other.pass(session, world.desired, world.now));
    EXPECT_THAT(copy.changes, ElementsAre("host c2:5432"));
}

TEST(Reconciler, StopsBeforeACallWhenTheNodeHasChangedSinceTheProbe) {
    World world;
    world.worker(kFirst);
    auto& second = world.worker(kSecond);
    world.coordinator.on_change = [&second] { second.user_relations = 1; };  // while w1 is added
    const auto report = world.pass();
    EXPECT_THAT(world.coordinator.changes, ElementsAre("add w1:5432"));
    EXPECT_THAT(to_string(report.summary), HasSubstr("has changed since it was probed"));
    EXPECT_THAT(world.pass_after(seconds(1)).warnings, ElementsAre(HasSubstr("(dirty)")));
}

TEST(Reconciler, ProbesAtOnceWhoeverClaimsToBeAnother) {
    World world(std::vector{kFirst});
    auto& member = world.worker(kFirst);
    world.pass();
    world.desired.announced[kFirst] = {member.system_identifier, member.server_id};
    world.pass_after(seconds(1));
    EXPECT_EQ(world.connector.connections, 1);

    auto& foreign = world.worker(kFirst);
    foreign.system_identifier = "4711";
    world.desired.announced[kFirst] = {foreign.system_identifier, foreign.server_id};
    EXPECT_THAT(world.pass_after(seconds(1)).warnings, ElementsAre(HasSubstr("(wiped)")));
    EXPECT_EQ(world.connector.connections, 2);
    world.pass_after(seconds(1));
    EXPECT_EQ(world.connector.connections, 2) << "it is known by now";
}

TEST(Reconciler, ProbesAgainOverTheConnectionOfTheFirstProbe) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    EXPECT_EQ(world.pass().joined, 2);
    EXPECT_EQ(world.connector.connections, 2);
}

TEST(Reconciler, ConnectsAnewWhereTheFirstProbesConnectionBroke) {
    World world;
    world.worker(kFirst);
    auto& second = world.worker(kSecond);
    world.coordinator.on_change = [&second, restarted = false]() mutable {  // while w1 is added
        if (!std::exchange(restarted, true)) {
            second.errors[statement::kServerFacts] = {SqlError{"08006", "closed", "", ""}};
        }
    };
    EXPECT_EQ(world.pass().joined, 2);
    EXPECT_EQ(world.connector.connections, 3);
}

TEST(Reconciler, OnlyProbesWhileAnotherSupervisorHasTheLock) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.coordinator.locked = true;
    auto report = world.pass();
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
    EXPECT_THAT(to_string(report.summary), HasSubstr("observing only: another supervisor"));
    EXPECT_TRUE(report.read_only_pass);
    world.coordinator.locked = false;
    report = world.pass_after(report.next_pass);
    EXPECT_EQ(to_string(report.summary), "1 of 1 workers registered");
    EXPECT_FALSE(report.read_only_pass);
}

TEST(Reconciler, OnlyProbesAServerThatTakesNoWrites) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    world.coordinator.errors[statement::kAddNode] = {
        SqlError{"25006", "cannot execute nextval() in a read-only transaction", "", ""}};
    EXPECT_THAT(to_string(world.pass().summary),
                HasSubstr("observing only: this server takes no writes"));
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
}

TEST(Reconciler, PreviewsWithoutChangingAnything) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    test::FakeSession session(world.cluster, world.cluster.find(kCoordinator));
    const auto plan = world.reconciler.preview(session, world.desired, world.now);
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->actions.size(), 1U);
    EXPECT_EQ(plan->actions[0].kind, ActionKind::add_node);
    EXPECT_THAT(world.coordinator.changes, IsEmpty());
    EXPECT_FALSE(world.coordinator.has_records);
}

}  // namespace
}  // namespace citus_init::citus
