#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/ha/patroni/lifecycle.h"

#include "lifecycle_member.h"

namespace citus_init::patroni::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PatroniWatchdog, EndsAPrimaryWhosePatroniDoesNotAnswer) {
    DrivenMember member;
    member.supervising().silence(12);
    EXPECT_EQ(member.at(), Step::supervising);
    member.silence(1);
    EXPECT_THAT(member.last(), testing::IsSupersetOf({"KILL Patroni", "QUIT server"}));
    EXPECT_EQ(member.at(), Step::ending_server);
    EXPECT_THAT(member.exits(Child::patroni, 137).last(), Not(Contains("kill orphans")));
    EXPECT_THAT(member.happens(PostmasterGone{0, false}).last(), Contains("kill orphans"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
}

TEST(PatroniWatchdog, EndsAPrimaryWhosePatroniIsStuckAtOnce) {
    DrivenMember member;
    member.supervising().pulse(Answer::stuck);
    EXPECT_EQ(member.at(), Step::ending_server);
}

TEST(PatroniWatchdog, WantsSeveralUnansweredQuestionsHoweverLongTheyTake) {
    DrivenMember member;
    member.supervising();
    member.later(Milliseconds(60'000)).pulse(Answer::silent).pulse(Answer::silent);
    EXPECT_EQ(member.at(), Step::supervising);
    EXPECT_EQ(member.pulse(Answer::silent).at(), Step::ending_server);
}

TEST(PatroniWatchdog, BeginsToCountAnewWithEachAnswer) {
    DrivenMember member;
    member.supervising();
    for (int i = 0; i < 5; ++i) {
        member.silence(12).pulse(Answer::alive);
    }
    EXPECT_EQ(member.at(), Step::supervising);
}

TEST(PatroniWatchdog, LetsReplicasLive) {
    DrivenMember member;
    member.supervising(false).silence(60);
    EXPECT_EQ(member.at(), Step::supervising);
    // The file on disk is the truth, whatever Patroni last said.
    member.happens(PostmasterSeen{true}).silence(1);
    EXPECT_EQ(member.at(), Step::ending_server);
}

TEST(PatroniWatchdog, DoesNothingInPause) {
    DrivenMember member;
    member.supervising().pulse(Answer::alive, "running", true).silence(60).pulse(Answer::stuck);
    EXPECT_EQ(member.at(), Step::supervising);
}

TEST(PatroniWatchdog, DoesNothingWhileADirectoryIsMade) {
    for (const char* state : {"initializing new cluster", "creating replica"}) {
        DrivenMember member;
        member.supervising().pulse(Answer::alive, state).silence(60);
        EXPECT_EQ(member.at(), Step::supervising) << state;
    }
}

TEST(PatroniWatchdog, DoesNotTrustASilenceThatWasNeverBroken) {
    DrivenMember member;
    member.happens(Started{}).happens(PostmasterSeen{true}).silence(60);
    EXPECT_EQ(member.at(), Step::supervising);
}

TEST(PatroniWatchdog, TakesNoPulseForNoEvidence) {
    DrivenMember member;
    member.supervising().later(Milliseconds(600'000));
    // All of the container may have stood still: what was sent before is read first.
    EXPECT_THAT(member.happens(TimerExpired{Timer::agent_silence}).last(),
                ElementsAre("timer silence 2000"));
    EXPECT_THAT(member.happens(TimerExpired{Timer::agent_silence}).last(),
                ElementsAre(HasSubstr("has not responded for 9 s"), "KILL the agent"));
    EXPECT_EQ(member.at(), Step::supervising);
    EXPECT_THAT(member.exits(Child::agent, 137).last(), Contains("timer agent 1000"));
    EXPECT_THAT(member.happens(TimerExpired{Timer::agent_restart}).last(),
                ElementsAre("spawn the agent", "timer silence 30000"));
    EXPECT_THAT(member.pulse(Answer::silent).last(), ElementsAre("timer silence 7000"));
}

TEST(PatroniWatchdog, EndsAPrimaryWhosePatroniCannotBeStartedAgain) {
    DrivenMember member;
    member.supervising();
    member.exits(Child::patroni, 1).happens(ExitDiagnosis{}).happens(OrphansGone{});
    member.silence(12);
    EXPECT_EQ(member.at(), Step::supervising);
    member.exits(Child::patroni, 1).happens(ExitDiagnosis{}).happens(OrphansGone{});
    EXPECT_EQ(member.at(), Step::waiting_to_restart);
    EXPECT_THAT(member.silence(1).last(), Contains("QUIT server"));
    EXPECT_THAT(member.happens(PostmasterGone{0, false}).last(), Contains("kill orphans"));
    member.happens(OrphansGone{});
    EXPECT_EQ(member.at(), Step::waiting_to_restart);
}

TEST(PatroniWatchdog, NeedsNoAgentWherePatroniKeepsEnding) {
    DrivenMember member;
    member.supervising().exits(Child::agent, 1);
    for (int i = 0; i < 4; ++i) {
        member.later(Milliseconds(4'000)).exits(Child::patroni, 1).happens(ExitDiagnosis{});
        if (member.at() == Step::ending_server) {
            EXPECT_GE(member.now(), Milliseconds(12'000));
            return;
        }
        member.happens(OrphansGone{}).happens(TimerExpired{Timer::restart_delay});
    }
    FAIL() << "the primary still lives";
}

// The pids cgroup is full, so no agent runs either.
TEST(PatroniWatchdog, EndsAPrimaryWhosePatroniCannotBeSpawned) {
    DrivenMember member;
    member.supervising().exits(Child::agent, 137).exits(Child::patroni, 137);
    member.happens(ExitDiagnosis{}).happens(OrphansGone{});
    for (int tries = 0; tries < 10 && member.at() == Step::supervising; ++tries) {
        member.happens(SpawnFailed{Child::patroni, "no pids"});
        if (member.at() == Step::clearing_orphans) {
            member.happens(OrphansGone{});
        }
        if (const auto delay = member.restart_delay()) {
            member.later(*delay).happens(TimerExpired{Timer::restart_delay});
        }
    }
    EXPECT_EQ(member.at(), Step::ending_server);
    EXPECT_EQ(member.now(), Policy().answer_timeout + Milliseconds(1));
}

// Each spawn takes long to fail.
TEST(PatroniWatchdog, EndsAPrimaryAtTheSpawnThatFailsTooLate) {
    DrivenMember member;
    member.supervising().exits(Child::agent, 137).exits(Child::patroni, 137);
    member.happens(ExitDiagnosis{}).happens(OrphansGone{}).later(Milliseconds(12'001));
    EXPECT_THAT(member.happens(SpawnFailed{Child::patroni, "no pids"}).last(),
                Contains("QUIT server"));
}

TEST(PatroniWatchdog, KeepsTheBackoffWhereNobodyNeedsPatroni) {
    for (const bool paused : {false, true}) {
        DrivenMember member;
        member.supervising(paused).pulse(Answer::alive, "running", paused);
        for (int i = 0; i < 8; ++i) {
            member.exits(Child::patroni, 1).happens(ExitDiagnosis{}).happens(OrphansGone{});
            member.happens(TimerExpired{Timer::restart_delay});
        }
        member.exits(Child::patroni, 1).happens(ExitDiagnosis{});
        EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("timer restart 30000"));
    }
}

TEST(PatroniWatchdog, IsContentWithAPatroniThatWasAskedByNobody) {
    DrivenMember member;
    member.supervising().exits(Child::agent, 1);
    member.later(Milliseconds(600'000)).exits(Child::patroni, 1).happens(ExitDiagnosis{});
    EXPECT_EQ(member.at(), Step::clearing_orphans);
}

TEST(PatroniWatchdog, ActsOnceThenWaitsForTheNextAnswer) {
    DrivenMember member;
    member.supervising().silence(13);
    member.exits(Child::patroni, 137).happens(PostmasterGone{}).happens(OrphansGone{});
    member.happens(PostmasterSeen{true}).silence(30);
    EXPECT_EQ(member.at(), Step::supervising);
    member.pulse(Answer::alive).silence(13);
    EXPECT_EQ(member.at(), Step::ending_server);
}

TEST(PatroniWatchdog, EndsAServerThatAppearsWhileOneIsEnded) {
    DrivenMember member;
    member.supervising().silence(13).happens(PostmasterGone{});
    EXPECT_THAT(member.happens(PostmasterSeen{true}).last(), ElementsAre("QUIT server"));
}

TEST(PatroniWatchdog, StopsAMemberWhoseAgentSaysThatItMustNotRun) {
    DrivenMember member;
    member.supervising();
    EXPECT_THAT(member.happens(AgentFatal{76, "an unknown node"}).last(), Contains("TERM Patroni"));
    member.happens(PostmasterGone{0, true}).exits(Child::patroni).exits(Child::agent);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 76"));
}

// --- A container that stood still ---

constexpr Milliseconds kTooLong{13'000};  // answer_timeout is 12 s
const auto kEnded = testing::IsSupersetOf({"KILL Patroni", "QUIT server"});

TEST(PatroniWatchdog, EndsAPrimaryThatStoodStillForLongerThanItsLease) {
    DrivenMember member;
    EXPECT_THAT(member.supervising().happens(StoodStill{kTooLong}).last(), kEnded);
    member.exits(Child::patroni, 137).happens(PostmasterGone{0, false});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
    // It comes back as a replica: nothing holds its Patroni up, nor is one ended a second time.
    member.happens(PostmasterSeen{false}).happens(StoodStill{kTooLong});
    EXPECT_EQ(member.at(), Step::supervising);
}

TEST(PatroniWatchdog, EndsAPrimaryThatStoodStillBeforePatroniAnswered) {
    DrivenMember member;
    member.happens(Started{}).happens(PostmasterSeen{true});
    EXPECT_THAT(member.happens(StoodStill{kTooLong}).last(), kEnded);
}

TEST(PatroniWatchdog, EndsAPrimaryThatStoodStillInMidStop) {
    DrivenMember member;
    member.supervising().happens(StopRequested{});
    EXPECT_THAT(member.happens(StoodStill{kTooLong}).last(), kEnded);
    EXPECT_EQ(member.at(), Step::stopping);
    member.exits(Child::patroni, 137).exits(Child::agent).happens(PostmasterGone{0, false});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 1"));
}

TEST(PatroniWatchdog, LetsLiveWhoCannotHaveLostALeadByStandingStill) {
    struct Case {
        const char* what;
        bool primary;
        bool paused;
        const char* state;
        Milliseconds gap;
    };
    for (const Case& each : {Case{"a replica", false, false, "running", kTooLong},
                             Case{"maintenance", true, true, "running", kTooLong},
                             Case{"initdb", true, false, "initializing new cluster", kTooLong},
                             Case{"a moment", true, false, "running", Milliseconds(12'000)}}) {
        DrivenMember member;
        member.supervising(each.primary).pulse(Answer::alive, each.state, each.paused);
        EXPECT_FALSE(must_end_after(member.state(), each.gap, Policy{})) << each.what;
        EXPECT_THAT(member.happens(StoodStill{each.gap}).last(), ElementsAre()) << each.what;
    }
}

// --- A Patroni that hangs while it tries to reach the store ---

ha::Pulse without_store_for(int seconds) {
    ha::Pulse pulse{Answer::alive, std::nullopt, "running", false};
    pulse.store_age = std::chrono::seconds(seconds);
    return pulse;
}

TEST(PatroniWatchdog, EndsAPrimaryThatHasNotReachedTheStoreForTooLong) {
    DrivenMember member;
    member.supervising().happens(PulseTaken{without_store_for(13)});
    EXPECT_EQ(member.at(), Step::supervising);
    EXPECT_THAT(member.happens(PulseTaken{without_store_for(14)}).last(), kEnded);
}

TEST(PatroniWatchdog, LetsLiveWhoDoesNotNeedTheStore) {
    ha::Pulse failsafe = without_store_for(600);
    failsafe.failsafe_active = true;
    ha::Pulse paused = without_store_for(600);
    paused.paused = true;
    ha::Pulse made = without_store_for(600);
    made.state = "creating replica";
    for (const ha::Pulse& pulse : {failsafe, paused, made}) {
        DrivenMember member;
        EXPECT_EQ(member.supervising().happens(PulseTaken{pulse}).at(), Step::supervising);
    }
    DrivenMember replica;
    EXPECT_EQ(replica.supervising(false).happens(PulseTaken{without_store_for(600)}).at(),
              Step::supervising);
}

}  // namespace
}  // namespace citus_init::patroni::lifecycle
