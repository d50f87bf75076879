#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/postgres/lifecycle.h"

#include "lifecycle_node.h"

namespace citus_init::postgres::lifecycle {
namespace {

using testing::Contains;
using testing::Not;

TEST(LifecycleEnd, StopsFastThenImmediateThenKills) {
    Node node;
    node.running();
    EXPECT_THAT(node.happens(StopRequested{}).last(), Contains("INT the server"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::stop_deadline}).last(),
                Contains("QUIT the server"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::stop_deadline}).last(),
                Contains("KILL the server"));
    EXPECT_THAT(node.exits(Child::server, 137, false).last(), Contains("end orphans"));
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 137"));
}

TEST(LifecycleEnd, EscalatesAtTheSecondRequestAndNeverStepsBack) {
    Node node;
    node.running();
    node.happens(StopRequested{});
    EXPECT_THAT(node.happens(StopRequested{}).last(), Contains("QUIT the server"));
    EXPECT_TRUE(node.happens(StopRequested{StopMode::fast}).last().empty());
    EXPECT_EQ(node.state().stop, StopStage::quit);
}

// It is nearly done, and another request is never a reason to take longer.
TEST(LifecycleEnd, TakesTheFirstRequestDuringAStopOfItsOwnForNoMoreThanThat) {
    Node node;
    node.running().happens(AgentFatal{65, ""});
    EXPECT_TRUE(node.happens(StopRequested{}).last().empty());
    EXPECT_THAT(node.happens(StopRequested{}).last(), Contains("QUIT the server"));

    Node immediate;
    immediate.running().happens(AgentFatal{65, ""});
    EXPECT_THAT(immediate.happens(StopRequested{StopMode::immediate}).last(),
                Contains("QUIT the server"));
}

TEST(LifecycleEnd, IsNotCleanWhereAStepOfARestoreIsStoppedUnclean) {
    for (const bool is_clean : {true, false}) {
        Node node;
        node.running().happens(AgentFatal{0, "the next step"}).happens(StopRequested{});
        node.exits(Child::server, 0, is_clean);
        EXPECT_THAT(node.happens(OrphansGone{}).last(),
                    testing::ElementsAre(is_clean ? "finish 0" : "finish 1"));
    }
}

TEST(LifecycleEnd, KeepsItsDeadlineAtAnotherRequestOnceTheServerHasEnded) {
    Node node;
    node.running().happens(StopRequested{}).exits(Child::server);
    EXPECT_THAT(node.last(), Contains("timer 0 1500"));
    EXPECT_TRUE(node.happens(StopRequested{}).last().empty());

    Node bootstrap;
    bootstrap.happens(Started{{true, false, false, false, false}}).exits(Child::initdb);
    bootstrap.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_THAT(bootstrap.happens(StopRequested{}).last(), testing::ElementsAre("timer 0 8000"));
    EXPECT_TRUE(bootstrap.happens(StopRequested{}).last().empty());
}

TEST(LifecycleEnd, EndsWithZeroAfterACleanStop) {
    Node node;
    node.running().happens(StopRequested{});
    node.exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 0"));
}

TEST(LifecycleEnd, IsCleanWhenTheSignalCameBeforeTheServerCouldTakeIt) {
    Node node;
    node.happens(Started{}).happens(StopRequested{});
    node.exits(Child::server, 130, true);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 0"));
}

TEST(LifecycleEnd, DiscardsABootstrapThatIsStoppedAtAnyStep) {
    const std::vector<Event> up{
        Started{{true, true, false, true, false}}, ChildExited{Child::initdb, 0, true, ""},
        ChildExited{Child::certificate, 0, true, ""}, ServerStatusChanged{ServerStatus::ready},
        ChildExited{Child::preparation, 0, true, ""}};
    for (std::size_t steps = 1; steps <= up.size(); ++steps) {
        Node node;
        for (std::size_t i = 0; i < steps; ++i) {
            node.happens(up.at(i));
        }
        node.happens(StopRequested{});
        EXPECT_EQ(node.at(), Step::aborting) << steps;
        const auto alive = node.state().alive;
        for (const Child child : alive) {
            node.exits(child, 1, false);
        }
        EXPECT_THAT(node.last(), Contains("kill orphans")) << steps;
        EXPECT_THAT(node.happens(OrphansGone{}).last(),
                    testing::ElementsAre("discard", "finish 0"));
    }
}

TEST(LifecycleEnd, DiscardsABootstrapBesideALeftoverThatCannotBeKilled) {
    Node node;
    node.happens(Started{{true, false, false, false, false}}).happens(StopRequested{});
    EXPECT_THAT(node.exits(Child::initdb, 143).last(),
                testing::ElementsAre("kill orphans", "timer 0 1500"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::stop_deadline}).last(),
                testing::ElementsAre("discard", "finish 0"));
}

TEST(LifecycleEnd, RestartsACrashedServerAtOnceThenWithBackoffThenGivesUp) {
    Policy policy;
    policy.restart_limit = 3;
    Node node(policy);
    node.running();
    node.crashes();
    EXPECT_EQ(node.at(), Step::server_starting);
    node.happens(ServerStatusChanged{ServerStatus::ready}).crashes();
    EXPECT_EQ(node.at(), Step::waiting_to_restart);
    EXPECT_THAT(node.last(), Contains("timer 1 100"));
    node.happens(TimerExpired{Timer::restart_delay}).crashes();
    EXPECT_THAT(node.last(), Contains("timer 1 200"));
    node.happens(TimerExpired{Timer::restart_delay}).crashes();
    EXPECT_THAT(node.last(), testing::ElementsAre("finish 137"));
    EXPECT_THAT(node.state().ending->why, testing::HasSubstr("after 3 restarts within 300 s"));
}

TEST(LifecycleEnd, ForgetsOldRestartsAndOldBackoff) {
    Policy policy;
    policy.restart_limit = 1;
    Node node(policy);
    node.running();
    node.crashes().happens(ServerStatusChanged{ServerStatus::ready});
    node.happens(TimerExpired{Timer::healthy}).later(Milliseconds(300'000)).crashes();
    EXPECT_EQ(node.at(), Step::server_starting);
}

TEST(LifecycleEnd, DoesNotRetryAServerThatNeverCameUp) {
    Node node;
    node.happens(Started{}).exits(Child::server, 1, true);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 1"));
}

TEST(LifecycleEnd, TakesAnImmediateShutdownFromInsideForACrash) {
    Node node;
    node.running().exits(Child::server, 0, false);
    node.happens(OrphansGone{});
    EXPECT_EQ(node.at(), Step::server_starting);
}

TEST(LifecycleEnd, EndsWithTheServerThatWasShutDownFromInside) {
    Node node;
    node.running().exits(Child::server, 0, true);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 0"));
}

TEST(LifecycleEnd, RestartsTheAgentWithoutTouchingTheServer) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.exits(Child::agent, 139).last(), Contains("timer 3 1000"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_restart}).last(),
                Contains("spawn the agent"));
    EXPECT_THAT(node.exits(Child::agent, 139).last(), Contains("timer 3 2000"));
    EXPECT_TRUE(node.state().alive.contains(Child::server));
    // Failures of long ago do not delay the next start.
    node.happens(TimerExpired{Timer::agent_restart}).later(Milliseconds(60'000));
    EXPECT_THAT(node.exits(Child::agent, 139).last(), Contains("timer 3 1000"));
}

TEST(LifecycleEnd, StopsTheServerWhenTheAgentRefusesTheNode) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.happens(AgentFatal{65, "older library"}).last(), Contains("INT the server"));
    node.exits(Child::agent, 65).exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 65"));
}

TEST(LifecycleEnd, StaysForInspectionWhenItIsToHold) {
    Policy policy;
    policy.hold_on_fatal = true;
    Node node(policy);
    node.happens(Started{}).exits(Child::server, 1, true);
    node.happens(OrphansGone{});
    EXPECT_EQ(node.at(), Step::held);
    EXPECT_THAT(node.happens(StopRequested{}).last(), testing::ElementsAre("finish 1"));
}

TEST(LifecycleEnd, IgnoresAStaleDeadlineWhileItWaitsToStartAgain) {
    Node node;
    node.running().exits(Child::server, 137, false);
    EXPECT_TRUE(node.happens(TimerExpired{Timer::stop_deadline}).last().empty());
    EXPECT_EQ(node.at(), Step::clearing_orphans);
}

}  // namespace
}  // namespace citus_init::postgres::lifecycle
