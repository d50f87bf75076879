#include "citus_init/ha/patroni/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle_member.h"

namespace citus_init::patroni::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PatroniLifecycle, MakesTheCertificateThenWaitsForTheStoreThenStartsPatroniAndTheAgent) {
    DrivenMember member;
    EXPECT_THAT(member.happens(Started{{true, true}}).last(),
                ElementsAre("spawn the making of the certificate"));
    EXPECT_THAT(member.exits(Child::certificate).last(),
                ElementsAre("spawn the wait for the configuration store"));
    EXPECT_THAT(member.exits(Child::dcs_wait).last(),
                ElementsAre("spawn Patroni", "spawn the agent", "timer silence 30000"));
    EXPECT_EQ(member.at(), Step::supervising);
}

TEST(PatroniLifecycle, EndsWhereTheCertificateOrTheStoreIsNotThere) {
    DrivenMember member;
    member.happens(Started{{true, true}});
    EXPECT_THAT(member.exits(Child::certificate, 78).last(), Contains("end orphans"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 78"));
    DrivenMember without_store;
    without_store.happens(Started{{false, true}}).exits(Child::dcs_wait, 69);
    EXPECT_THAT(without_store.happens(OrphansGone{}).last(), Contains("finish 69"));
}

TEST(PatroniLifecycle, EndsBeforePatroniWhereItsGroupIsToBeRestoredFirst) {
    DrivenMember member;
    member.happens(Started{{false, true}}).happens(RestoreClaimed{});
    EXPECT_EQ(member.at(), Step::dcs_wait);
    EXPECT_THAT(member.exits(Child::dcs_wait).last(), Not(Contains("spawn Patroni")));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 0"));
    DrivenMember failed;
    failed.happens(Started{{false, true}}).happens(RestoreClaimed{}).exits(Child::dcs_wait, 65);
    EXPECT_THAT(failed.happens(OrphansGone{}).last(), Contains("finish 65"));
}

TEST(PatroniLifecycle, SaysThatAReloadBeforePatroniRunsIsLost) {
    for (const Plan plan : {Plan{.certificate = true}, Plan{.dcs_wait = true}}) {
        DrivenMember member;
        member.happens(Started{plan});
        EXPECT_THAT(member.happens(ReloadRequested{}).last(),
                    ElementsAre(HasSubstr("nothing is read again before Patroni runs")));
    }
}

TEST(PatroniLifecycle, IsReadyOnceTheServerIsThereAndTheAgentSaysSo) {
    DrivenMember member;
    member.happens(Started{});
    EXPECT_FALSE(member.happens(ReadinessReported{""}).state().ready());
    member.happens(PostmasterSeen{true});
    EXPECT_FALSE(member.happens(ReadinessReported{"Citus"}).state().ready());
    EXPECT_THAT(member.happens(ReadinessReported{""}).last(), Contains("ready"));
    EXPECT_TRUE(member.state().ready());
    EXPECT_THAT(member.happens(ReadinessReported{""}).last(), Not(Contains("ready")));
    EXPECT_FALSE(member.happens(PostmasterGone{0, true}).state().ready());
    member.happens(PostmasterSeen{false});
    EXPECT_THAT(member.happens(ReadinessReported{""}).last(), Contains("ready"));
}

TEST(PatroniLifecycle, IsNotReadyByWhatWasReportedOfTheServerBefore) {
    DrivenMember member;
    member.supervising().happens(PostmasterGone{137, false}).happens(PostmasterSeen{true});
    EXPECT_FALSE(member.state().ready());
    EXPECT_THAT(member.happens(ReadinessReported{""}).last(), Contains("ready"));
}

TEST(PatroniLifecycle, IsNotReadyByTheWordOfAnAgentThatIsGone) {
    DrivenMember member;
    member.supervising().exits(Child::agent, 1);
    EXPECT_FALSE(member.state().ready());
}

TEST(PatroniLifecycle, StartsPatroniAgainAtOnceThenWithBackoff) {
    DrivenMember member;
    member.supervising(false);
    EXPECT_THAT(member.exits(Child::patroni, 137).last(), ElementsAre("listen"));
    EXPECT_THAT(member.happens(ExitDiagnosis{}).last(), Contains("kill orphans"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
    for (const char* timer : {"timer restart 1000", "timer restart 2000", "timer restart 4000"}) {
        member.exits(Child::patroni, 1).happens(ExitDiagnosis{});
        EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre(timer));
        EXPECT_EQ(member.at(), Step::waiting_to_restart);
        EXPECT_THAT(member.happens(TimerExpired{Timer::restart_delay}).last(),
                    ElementsAre("spawn Patroni"));
    }
    for (int i = 0; i < 40; ++i) {
        member.exits(Child::patroni, 1).happens(ExitDiagnosis{}).happens(OrphansGone{});
        member.happens(TimerExpired{Timer::restart_delay});
    }
    member.exits(Child::patroni, 1).happens(ExitDiagnosis{});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("timer restart 30000"));
}

TEST(PatroniLifecycle, ForgetsFailuresOnceItHasLivedForAMinute) {
    DrivenMember member;
    member.supervising(false);
    for (int i = 0; i < 3; ++i) {
        member.later(Milliseconds(60'000)).exits(Child::patroni, 1).happens(ExitDiagnosis{});
        EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
    }
    EXPECT_EQ(member.state().restarts, 3);
}

TEST(PatroniLifecycle, KeepsTheReasonThatPatroniGave) {
    DrivenMember member;
    member.happens(Started{}).exits(Child::patroni, 1);
    member.happens(ExitDiagnosis{ExitCause::other, "could not run initdb", false});
    EXPECT_EQ(member.state().last_failure, "Patroni ended with exit code 1: could not run initdb");
    EXPECT_THAT(member.last(), Contains(HasSubstr("could not run initdb")));
}

TEST(PatroniLifecycle, EndsWhereTheDataIsOfAnotherCluster) {
    DrivenMember member;
    member.happens(Started{}).exits(Child::patroni, 1);
    member.happens(ExitDiagnosis{ExitCause::other_cluster, "system ID mismatch", false});
    member.exits(Child::agent, 143);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 76"));
}

TEST(PatroniLifecycle, EndsRatherThanStartOverAHalfMadeDirectory) {
    DrivenMember member;
    member.happens(Started{}).exits(Child::patroni, 1);
    member.happens(ExitDiagnosis{ExitCause::other, "no", true}).exits(Child::agent, 143);
    EXPECT_THAT(member.happens(OrphansGone{}).last(), Contains("finish 65"));
    EXPECT_THAT(member.state().ending->why, HasSubstr("incomplete"));
}

TEST(PatroniLifecycle, WaitsForAMemberOfTheSameName) {
    DrivenMember member;
    member.happens(Started{}).exits(Child::patroni, 1);
    member.happens(ExitDiagnosis{ExitCause::same_name, "there is already a node named 'c'", false});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
}

TEST(PatroniLifecycle, StopsThePrimaryBeforeAnOldPatroniStartsAgain) {
    Policy policy;
    policy.old_patroni = true;
    DrivenMember member(policy);
    member.supervising().exits(Child::patroni, 137);
    EXPECT_THAT(member.happens(ExitDiagnosis{}).last(), Contains("INT server"));
    EXPECT_EQ(member.at(), Step::ending_server);
    EXPECT_THAT(member.happens(TimerExpired{Timer::server_deadline}).last(),
                Contains("QUIT server"));
    EXPECT_THAT(member.happens(TimerExpired{Timer::server_deadline}).last(),
                Contains("KILL server"));
    EXPECT_THAT(member.happens(PostmasterGone{0, true}).last(), Contains("kill orphans"));
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("spawn Patroni"));
    for (const bool paused : {false, true}) {
        DrivenMember replica(policy);
        replica.supervising(paused).pulse(Answer::alive, "running", paused);
        replica.exits(Child::patroni, 137);
        EXPECT_THAT(replica.happens(ExitDiagnosis{}).last(), Not(Contains("INT server"))) << paused;
    }
}

TEST(PatroniLifecycle, TriesAgainWherePatroniCannotBeSpawnedButNotTheFirstTime) {
    DrivenMember first;
    first.happens(Started{}).happens(SpawnFailed{Child::patroni, "no pids"});
    first.exits(Child::agent, 143);
    EXPECT_THAT(first.happens(OrphansGone{}).last(), Contains("finish 71"));
    DrivenMember later;
    later.supervising(false)
        .exits(Child::patroni, 137)
        .happens(ExitDiagnosis{})
        .happens(OrphansGone{});
    later.happens(SpawnFailed{Child::patroni, "no pids"}).happens(OrphansGone{});
    EXPECT_EQ(later.at(), Step::waiting_to_restart);
}

TEST(PatroniLifecycle, ReloadsSettingsThenTheCertificateThenPatroni) {
    DrivenMember member;
    member.happens(Started{{true, false}}).exits(Child::certificate);
    EXPECT_THAT(member.happens(ReloadRequested{}).last(),
                ElementsAre("reload", "spawn the making of the certificate", "TERM the agent"));
    EXPECT_THAT(member.exits(Child::agent, 143).last(), Contains("spawn the agent"));
    EXPECT_THAT(member.exits(Child::certificate).last(), ElementsAre("HUP Patroni"));
    member.happens(ReloadRequested{});
    EXPECT_THAT(member.exits(Child::certificate, 1).last(),
                ElementsAre(HasSubstr("stays as it was"), "HUP Patroni"));
    DrivenMember without;
    without.supervising();
    EXPECT_THAT(without.happens(ReloadRequested{}).last(),
                ElementsAre("reload", "HUP Patroni", "TERM the agent"));
}

TEST(PatroniLifecycle, StaysUpForInspectionWhereThatIsSet) {
    Policy policy;
    policy.hold_on_fatal = true;
    DrivenMember member(policy);
    member.happens(Started{{true, false}}).exits(Child::certificate, 1).happens(OrphansGone{});
    EXPECT_EQ(member.at(), Step::held);
    EXPECT_THAT(member.happens(StopRequested{}).last(), Contains("finish 1"));
}

// Whatever runs on it: Patroni would take it for a whole cluster.
TEST(PatroniLifecycle, EndsAfterAnInterruptedBootstrap) {
    DrivenMember member;
    member.happens(Started{}).happens(PostmasterSeen{true}).exits(Child::patroni, 137);
    member.happens(ExitDiagnosis{ExitCause::none, "", false, true});
    EXPECT_EQ(member.at(), Step::stopping);
    EXPECT_THAT(member.last(), Contains("INT server"));
    member.exits(Child::agent, 143).happens(PostmasterGone{0, true});
    EXPECT_THAT(member.happens(OrphansGone{}).last(), ElementsAre("finish 65"));
}

TEST(PatroniLifecycle, EndsWhereTheDataDirectoryMayNotBeUsed) {
    DrivenMember member;
    member.supervising().happens(StoodStill{Milliseconds(60'000)});
    member.happens(PostmasterGone{0, false}).exits(Child::patroni, 137).happens(OrphansGone{});
    EXPECT_EQ(member.at(), Step::supervising);
    member.happens(SpawnFailed{Child::patroni, "incomplete", 65});
    EXPECT_EQ(member.at(), Step::stopping);
}

}  // namespace
}  // namespace citus_init::patroni::lifecycle
