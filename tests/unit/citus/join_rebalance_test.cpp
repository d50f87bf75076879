#include "citus_init/citus/operations/join_rebalance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/reconciler_world.h"

namespace citus_init::citus {
namespace {

using std::chrono::seconds;
using test::kCoordinator;
using test::kFirst;
using test::kSecond;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A coordinator's agent: passes of the reconciler, each followed by one of the rebalance.
struct JoinWorld : test::ReconcilerWorld {
    using ReconcilerWorld::ReconcilerWorld;

    JoinRebalanceReport rebalance_after(seconds pause = seconds(10)) {
        test::FakeSession session(cluster, cluster.find(kCoordinator));
        const auto report = rebalance.probe(session, pass_after(pause), now);
        EXPECT_TRUE(report) << report.error().text();
        return report ? *report : JoinRebalanceReport{};
    }
    // The worker has joined, and nobody else for a while.
    JoinRebalanceReport start() {
        worker(kFirst);
        rebalance_after();
        return rebalance_after();
    }

    test::FakeMoves& moves = coordinator.moves;
    JoinRebalance rebalance{seconds(10)};
};

TEST(JoinRebalance, StartsOnceNobodyJoinsAnyMore) {
    JoinWorld world;
    world.worker(kFirst);
    EXPECT_THAT(world.rebalance_after().status, HasSubstr("for others that may join"));
    world.worker(kSecond);
    EXPECT_THAT(world.rebalance_after(seconds(5)).status, HasSubstr("for others that may join"));
    EXPECT_THAT(world.rebalance_after(seconds(9)).status, HasSubstr("for others that may join"));
    EXPECT_EQ(world.moves.last_job, 0);
    EXPECT_THAT(world.rebalance_after(seconds(1)).changes,
                ElementsAre(HasSubstr("to the 2 workers that joined")));
    world.moves.job_state = "finished";
    EXPECT_THAT(world.rebalance_after().changes, ElementsAre("the shards are balanced (job 1)"));
    EXPECT_THAT(world.moves.joined, IsEmpty());
    EXPECT_FALSE(world.rebalance_after().next_probe);
    EXPECT_EQ(world.moves.last_job, 1);
}

TEST(JoinRebalance, WaitsForWhoeverIsAboutToJoinOrDoesNotAnswer) {
    JoinWorld world;
    world.worker(kFirst);
    world.rebalance_after();
    world.worker(kSecond);
    world.coordinator.errors[statement::kAddNode] = {SqlError{"40P01", "deadlock", "", ""}};
    EXPECT_THAT(world.rebalance_after().status, HasSubstr("for w2:5432 (adding)"));
    world.rebalance_after();
    world.cluster.find(kFirst)->up = false;
    EXPECT_THAT(world.rebalance_after(seconds(60)).status, HasSubstr("for w1:5432 (suspect)"));
    EXPECT_EQ(world.moves.last_job, 0);
    world.cluster.find(kFirst)->up = true;
    world.rebalance_after(seconds(60));
    EXPECT_EQ(world.moves.last_job, 1);
}

TEST(JoinRebalance, StartsNoneWhileAnotherJobRunsAndRemembersIt) {
    JoinWorld world;
    world.start();
    world.worker(kSecond);
    world.rebalance_after();
    EXPECT_THAT(world.rebalance_after().status, HasSubstr("its job 1"));  // of w1
    world.moves.job_state = "finished";
    world.rebalance_after();
    world.moves.job_state = "running";  // somebody else's
    EXPECT_THAT(world.rebalance_after().status, HasSubstr("for the background job 1, which runs"));
    world.moves.job_state = "finished";
    EXPECT_THAT(world.rebalance_after().changes,
                ElementsAre(HasSubstr("to the worker that joined")));
    EXPECT_EQ(world.moves.last_job, 2);
}

TEST(JoinRebalance, IsNotForgottenWithTheAgent) {
    JoinWorld world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();  // and is killed
    world.rebalance = JoinRebalance(seconds(10));
    EXPECT_THAT(world.rebalance_after().changes, ElementsAre(HasSubstr("job 1")));
    // Killed while the job runs: what is left over after it is looked at again.
    world.rebalance = JoinRebalance(seconds(10));
    EXPECT_THAT(world.rebalance_after().status, HasSubstr("for the background job 1"));
    world.moves.job_state = "finished";
    world.moves.wanted = false;
    world.rebalance_after();
    EXPECT_EQ(world.moves.last_job, 1);
    EXPECT_THAT(world.moves.joined, IsEmpty());
}

TEST(JoinRebalance, IsWantedOnlyWhenTheAdditionWasCommitted) {
    JoinWorld world(std::vector{kFirst});
    world.worker(kFirst);
    world.coordinator.errors[statement::kCommit] = {SqlError{"08006", "broken", "", ""}};
    world.pass();
    EXPECT_THAT(world.moves.joined, IsEmpty());
}

TEST(JoinRebalance, StartsNoneInAnEmptyCluster) {
    JoinWorld world(std::vector{kFirst});
    world.moves.wanted = false;
    const auto report = world.start();
    EXPECT_THAT(report.changes, IsEmpty());
    EXPECT_EQ(report.status, "");
    EXPECT_THAT(world.moves.joined, IsEmpty());
}

TEST(JoinRebalance, DoesNotForceWhatCannotBeDoneOnline) {
    JoinWorld world(std::vector{kFirst});
    world.moves.plain_table = "plain";
    const auto report = world.start();
    EXPECT_THAT(report.warnings,
                ElementsAre(::testing::AllOf(HasSubstr("table plain has no primary key"),
                                             HasSubstr("rebalance --mode block_writes"))));
    for (int i = 0; i < 200; ++i) {
        const auto next = world.rebalance_after();
        EXPECT_THAT(next.warnings, IsEmpty());  // once
        EXPECT_EQ(next.status, report.warnings.front());
    }
    EXPECT_EQ(world.moves.last_job, 0);
    world.moves.plain_table.clear();
    world.rebalance.try_anew();  // SIGHUP
    world.rebalance_after();
    EXPECT_EQ(world.moves.last_job, 1);
}

TEST(JoinRebalance, TriesAFailingOneLessAndLessOftenAndThenNoMore) {
    JoinWorld world(std::vector{kFirst});
    world.start();
    const auto began = world.now;
    std::vector<std::string> warnings;
    for (int i = 0; i < 400; ++i) {
        if (world.moves.job_state == "running") {
            world.moves.job_state = "failed";
        }
        for (const auto& warning : world.rebalance_after().warnings) {
            warnings.push_back(warning);
        }
    }
    EXPECT_GT(world.now - began, std::chrono::hours(1));
    EXPECT_EQ(world.moves.last_job, JoinRebalance::kMostAttempts);
    ASSERT_EQ(warnings.size(), static_cast<std::size_t>(JoinRebalance::kMostAttempts));
    EXPECT_THAT(warnings.front(), HasSubstr("job 1 failed, 0 of 0 steps are done"));
    EXPECT_THAT(warnings.back(), HasSubstr("the last one: `citus-init rebalance` makes another"));
    EXPECT_EQ(world.rebalance_after().status, warnings.back());
    world.desired.addresses.push_back(kSecond);
    world.worker(kSecond);
    world.rebalance_after();
    world.rebalance_after();
    EXPECT_EQ(world.moves.last_job, JoinRebalance::kMostAttempts + 1);
}

TEST(JoinRebalance, ReportsWhyCitusTriesAMoveAgain) {
    JoinWorld world(std::vector{kFirst});
    world.start();
    world.moves.job_details = R"j({"tasks": [{"command": "move(1)", "message": "no space"}],)j"
                              R"j("task_state_counts": {"running": 2}})j";
    const auto report = world.rebalance_after();
    EXPECT_THAT(report.warnings,
                ElementsAre(HasSubstr("0 of 2 steps are done; move(1): no space")));
    EXPECT_THAT(report.status, HasSubstr("no space"));
    EXPECT_THAT(world.rebalance_after().warnings, IsEmpty());
}

TEST(JoinRebalance, LeavesItToThePersonWhoStoppedIt) {
    JoinWorld world(std::vector{kFirst});
    world.start();
    world.moves.job_state = "cancelled";
    EXPECT_THAT(world.rebalance_after().warnings, ElementsAre(HasSubstr("was stopped")));
    world.rebalance_after();
    EXPECT_EQ(world.moves.last_job, 1);
    EXPECT_THAT(world.moves.joined, IsEmpty());
}

TEST(JoinRebalance, SurvivesARefusalButNotTheLossOfItsSession) {
    JoinWorld world(std::vector{kFirst});
    world.coordinator.errors[statement::kStartMoves] = {
        SqlError{"55000", "a rebalance is going on", "", ""}};
    EXPECT_THAT(world.start().warnings, ElementsAre(HasSubstr("a rebalance is going on")));
    world.coordinator.errors[statement::kHasMoves] = {SqlError{"08006", "broken", "", ""}};
    world.coordinator.errors["SELECT 1"] = {SqlError{"08006", "broken", "", ""}};
    test::FakeSession session(world.cluster, world.cluster.find(kCoordinator));
    EXPECT_FALSE(world.rebalance.probe(session, world.pass_after(seconds(60)), world.now));
}

}  // namespace
}  // namespace citus_init::citus
