#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/ha/patroni/lifecycle.h"

#include "lifecycle_member.h"

namespace citus_init::patroni::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;

TEST(PatroniStop, SignalsPatroniWhichStopsTheServer) {
    DrivenMember member;
    member.supervising();
    // SIGCONT, since one that was stopped by SIGSTOP would not take the SIGTERM.
    EXPECT_THAT(
        member.happens(StopRequested{}).last(),
        IsSupersetOf({"TERM the agent", "TERM Patroni", "CONT Patroni", "timer stop 30000"}));
    member.exits(Child::agent, 143).happens(PostmasterGone{0, true});
    EXPECT_EQ(member.at(), Step::stopping);
    EXPECT_THAT(member.exits(Child::patroni).last(), Contains("end orphans"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("finish 0"));
}

TEST(PatroniStop, StopsTheServerThatPatroniLeavesBehind) {
    DrivenMember member;
    member.supervising().pulse(Answer::alive, "running", true).happens(StopRequested{});
    member.exits(Child::agent, 143);
    EXPECT_THAT(member.exits(Child::patroni).last(), Contains("INT server"));
    EXPECT_THAT(member.happens(PostmasterGone{0, true}).last(), Contains("end orphans"));
}

TEST(PatroniStop, GoesOnWithoutAPatroniThatDoesNothing) {
    DrivenMember member;
    member.supervising().happens(StopRequested{});
    EXPECT_THAT(
        member.later(Milliseconds(30'000)).happens(TimerExpired{Timer::stop_deadline}).last(),
        ElementsAre("INT server", "timer stop 15000"));
    EXPECT_THAT(
        member.later(Milliseconds(15'000)).happens(TimerExpired{Timer::stop_deadline}).last(),
        ElementsAre("QUIT server", "TERM Patroni", "CONT Patroni", "timer stop 12000"));
    EXPECT_THAT(
        member.later(Milliseconds(12'000)).happens(TimerExpired{Timer::stop_deadline}).last(),
        ElementsAre("kill everything", "timer stop 1500"));
    EXPECT_THAT(
        member.later(Milliseconds(1'500)).happens(TimerExpired{Timer::stop_deadline}).last(),
        Contains("finish 137"));
}

TEST(PatroniStop, KillsAFrozenPatroniAfterACleanStopOfTheServer) {
    DrivenMember member;
    member.supervising().happens(StopRequested{}).exits(Child::agent, 143);
    member.later(Milliseconds(30'000)).happens(TimerExpired{Timer::stop_deadline});
    EXPECT_THAT(member.happens(PostmasterGone{0, true}).last(), ElementsAre("timer stop 1500"));
    EXPECT_THAT(
        member.later(Milliseconds(1'500)).happens(TimerExpired{Timer::stop_deadline}).last(),
        Contains("kill everything"));
    member.exits(Child::patroni, 137);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
}

TEST(PatroniStop, IsImmediateOnTheSecondRequestAndNeverStepsBack) {
    DrivenMember member;
    member.supervising().happens(StopRequested{});
    EXPECT_THAT(member.happens(StopRequested{}).last(),
                IsSupersetOf({"QUIT server", "timer stop 1500"}));
    EXPECT_THAT(member.happens(StopRequested{}).last(), ElementsAre());
    EXPECT_EQ(member.state().stop, StopStage::quit);
}

TEST(PatroniStop, TakesTheFirstRequestDuringAStopOfItsOwnForNoMoreThanThat) {
    DrivenMember member;
    member.supervising().happens(AgentFatal{65, ""});
    EXPECT_THAT(member.happens(StopRequested{}).last(), ElementsAre());
    EXPECT_THAT(member.happens(StopRequested{}).last(), Contains("QUIT server"));
}

TEST(PatroniStop, IsImmediateWhereThatWasAskedFor) {
    DrivenMember member;
    member.supervising();
    EXPECT_THAT(member.happens(StopRequested{StopMode::immediate}).last(),
                IsSupersetOf({"QUIT server", "TERM Patroni", "timer stop 1500"}));
    member.exits(Child::agent, 143).happens(PostmasterGone{0, false}).exits(Child::patroni);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 1"));
}

TEST(PatroniStop, GoesByTheServerThatEndedLast) {
    DrivenMember member;
    member.supervising().happens(PostmasterGone{137, false}).happens(StopRequested{});
    member.exits(Child::agent, 143).happens(PostmasterGone{0, true}).exits(Child::patroni);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
}

TEST(PatroniStop, ReportsAServerThatDidNotShutDownCleanly) {
    DrivenMember member;
    member.supervising().happens(StopRequested{}).exits(Child::agent);
    member.happens(PostmasterGone{137, false}).exits(Child::patroni);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 137"));
}

TEST(PatroniStop, EndsWithZeroWhereNoServerRan) {
    for (const Plan plan : {Plan{true, true}, Plan{false, true}, Plan{}}) {
        DrivenMember member;
        member.happens(Started{plan}).happens(StopRequested{});
        const auto alive = member.state().alive;
        for (const Child child : alive) {
            member.exits(child, 143);
        }
        EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
    }
}

// Patroni would wait for the copy, and then begin another.
TEST(PatroniStop, EndsWhatMakesTheDataDirectory) {
    DrivenMember member;
    member.happens(Started{}).happens(CreationSeen{true}).happens(StopRequested{});
    EXPECT_THAT(member.last(),
                IsSupersetOf({"TERM creation", "TERM Patroni", "CONT Patroni", "timer stop 1500"}));
    member.later(Milliseconds(1'500)).happens(TimerExpired{Timer::stop_deadline});
    EXPECT_THAT(
        member.later(Milliseconds(1'500)).happens(TimerExpired{Timer::stop_deadline}).last(),
        Contains("kill everything"));
    member.exits(Child::agent, 143).exits(Child::patroni, 137);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("finish 0"));
}

TEST(PatroniStop, EndsABootstrapOnceItsServerHasEnded) {
    DrivenMember member;
    member.supervising().happens(StopRequested{}).happens(PostmasterGone{0, true});
    EXPECT_THAT(member.happens(CreationSeen{true}).last(),
                ElementsAre("TERM creation", "timer stop 1500"));
}

// Patroni stops the server at once whose data it is going to replace.
TEST(PatroniStop, EndsWithZeroWhereTheServerWasBeingReplaced) {
    DrivenMember member;
    member.supervising(false).happens(PostmasterGone{0, false}).happens(CreationSeen{true});
    member.happens(StopRequested{}).exits(Child::agent, 143).exits(Child::patroni);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("finish 0"));
}

TEST(PatroniStop, IsObeyedWhilePatroniIsToBeStartedAgain) {
    DrivenMember member;
    member.supervising().exits(Child::patroni, 1).happens(ExitDiagnosis{});
    member.happens(OrphansGone{}).exits(Child::patroni, 1);
    EXPECT_THAT(member.happens(StopRequested{}).last(),
                IsSupersetOf({"TERM the agent", "INT server"}));
    EXPECT_THAT(member.happens(ExitDiagnosis{}).last(), ElementsAre());
    EXPECT_THAT(member.happens(TimerExpired{Timer::restart_delay}).last(), ElementsAre());
}

TEST(PatroniStop, StopsAServerThatPatroniWasStillStarting) {
    DrivenMember member;
    member.happens(Started{}).happens(StopRequested{}).exits(Child::agent);
    EXPECT_THAT(member.exits(Child::patroni).last(), Contains("end orphans"));
    EXPECT_THAT(member.happens(PostmasterSeen{true}).last(), Contains("INT server"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Not(Contains("finish 0")));
    member.happens(PostmasterGone{0, true});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
}

TEST(PatroniStop, KillsAPatroniThatStartsTheServerAnew) {
    DrivenMember member;
    member.supervising().happens(StopRequested{}).exits(Child::agent);
    member.later(Milliseconds(30'000)).happens(TimerExpired{Timer::stop_deadline});
    member.happens(PostmasterGone{0, true});
    EXPECT_THAT(member.happens(PostmasterSeen{true}).last(),
                IsSupersetOf({"KILL Patroni", "INT server"}));
    member.exits(Child::patroni, 137).happens(PostmasterGone{0, true});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
}

TEST(PatroniStop, DoesNotWaitForOrphansForLong) {
    DrivenMember member;
    member.supervising(false).happens(StopRequested{}).exits(Child::agent);
    member.happens(PostmasterGone{0, true}).exits(Child::patroni);
    EXPECT_THAT(member.last(), IsSupersetOf({"end orphans", "timer stop 1500"}));
    EXPECT_THAT(member.happens(TimerExpired{Timer::stop_deadline}).last(),
                Contains("kill everything"));
    EXPECT_THAT(member.happens(TimerExpired{Timer::stop_deadline}).last(), Contains("finish 0"));
}

TEST(PatroniStop, IgnoresAStaleDeadlineWhileItStartsPatroniAgain) {
    DrivenMember member;
    member.supervising().exits(Child::patroni, 1).happens(ExitDiagnosis{});
    EXPECT_EQ(member.at(), Step::clearing_orphans);
    EXPECT_TRUE(member.happens(TimerExpired{Timer::stop_deadline}).last().empty());
    EXPECT_EQ(member.at(), Step::clearing_orphans);
}

}  // namespace
}  // namespace citus_init::patroni::lifecycle
