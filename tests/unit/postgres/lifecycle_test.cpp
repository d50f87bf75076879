#include "citus_init/postgres/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle_node.h"

namespace citus_init::postgres::lifecycle {
namespace {

using testing::Contains;
using testing::Not;

TEST(Lifecycle, BringsAFreshDirectoryUpStepByStep) {
    Node node;
    EXPECT_THAT(node.happens(Started{{true, true, true, true, false}}).last(),
                testing::ElementsAre("phase initdb", "spawn initdb",
                                     "spawn the making of the certificate"));
    EXPECT_EQ(node.exits(Child::initdb).at(), Step::initdb);
    EXPECT_EQ(node.exits(Child::certificate).at(), Step::validation);
    EXPECT_EQ(node.exits(Child::validation).at(), Step::bootstrap_starting);
    EXPECT_EQ(node.happens(ServerStatusChanged{ServerStatus::ready}).at(), Step::preparation);
    EXPECT_EQ(node.exits(Child::preparation).at(), Step::init_scripts);
    EXPECT_THAT(node.exits(Child::init_scripts).last(), Contains("INT the bootstrap server"));
    EXPECT_THAT(
        node.exits(Child::bootstrap_server).last(),
        testing::ElementsAre("phase bootstrap_syncing", "spawn the sync of the data directory"));
    EXPECT_THAT(node.exits(Child::sync).last(),
                testing::ElementsAre("complete", "spawn the server"));
    EXPECT_THAT(node.happens(ServerStatusChanged{ServerStatus::ready}).last(), Contains("ready"));
    EXPECT_EQ(node.at(), Step::running);
    EXPECT_FALSE(node.state().bootstrapping);
}

TEST(Lifecycle, LeavesOutWhatThePlanDoesNotAskFor) {
    Node node;
    EXPECT_THAT(node.happens(Started{}).last(), testing::ElementsAre("spawn the server"));
}

TEST(Lifecycle, IsReadyOnlyWhenTheAgentHasSaidSoIfCitusIsOn) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.last(), Not(Contains("ready")));
    EXPECT_FALSE(node.state().ready(with_citus()));
    EXPECT_THAT(node.happens(AgentPrepared{}).last(), Contains("ready"));
    EXPECT_TRUE(node.state().ready(with_citus()));
    EXPECT_THAT(node.happens(AgentPrepared{}).last(), Not(Contains("ready")));
}

TEST(Lifecycle, IsReadyAfterArchiveRecoveryOnly) {
    for (const Policy& policy : {Policy{}, with_citus()}) {
        Node node(policy);
        node.happens(Started{});
        node.happens(ServerStatusChanged{ServerStatus::recovery_read_only});
        EXPECT_THAT(node.last(), Contains("spawn the agent"));
        node.happens(AgentPrepared{});
        EXPECT_FALSE(node.state().ready(policy));
        EXPECT_THAT(node.last(), Not(Contains("ready")));
        node.happens(ServerStatusChanged{ServerStatus::ready});
        EXPECT_THAT(node.last(), Contains("TERM the agent"));  // it only read until now
        EXPECT_EQ(node.state().ready(policy), !policy.agent_gates_readiness);
        EXPECT_THAT(node.exits(Child::agent).last(), Contains("spawn the agent"));
        node.happens(AgentPrepared{});
        EXPECT_TRUE(node.state().ready(policy));
    }
}

TEST(Lifecycle, IsReadyAsAStandbyAndAgainAsAPrimary) {
    Node node(with_citus());
    node.happens(Started{}).happens(ServerStatusChanged{ServerStatus::standby_read_only});
    EXPECT_THAT(node.happens(AgentPrepared{}).last(), Contains("ready"));
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::agent);
    EXPECT_THAT(node.happens(AgentPrepared{}).last(), Contains("ready"));
}

TEST(Lifecycle, IsNotReadyAsAStandbyThatLetsNobodyIn) {
    Node node;
    node.happens(Started{}).happens(ServerStatusChanged{ServerStatus::standby});
    EXPECT_EQ(node.at(), Step::running);
    EXPECT_FALSE(node.state().ready({}));
    EXPECT_THAT(node.last(), Not(Contains("spawn the agent")));
    EXPECT_THAT(node.happens(ServerStatusChanged{ServerStatus::ready}).last(),
                testing::IsSupersetOf({"spawn the agent", "ready"}));
}

TEST(Lifecycle, IsNotReadyWhileTheServerRecoversFromACrashOfOneProcess) {
    Node node(with_citus());
    node.running().happens(AgentPrepared{}).happens(ServerStatusChanged{ServerStatus::starting});
    EXPECT_FALSE(node.state().ready(with_citus()));
    EXPECT_TRUE(node.happens(ServerStatusChanged{ServerStatus::ready}).last().empty());
    EXPECT_TRUE(node.state().ready(with_citus()));
}

TEST(Lifecycle, EndsAServerThatDoesNotAcceptConnectionsInTime) {
    Policy policy;
    policy.start_timeout = Milliseconds(5'000);
    Node node(policy);
    EXPECT_THAT(node.happens(Started{}).last(), Contains("timer 7 5000"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::start_deadline}).last(),
                Contains("INT the server"));
    node.exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 69"));
}

TEST(Lifecycle, LeavesAServerThatAcceptsConnectionsAlone) {
    Policy policy;
    policy.start_timeout = Milliseconds(5'000);
    Node node(policy);
    node.running();
    EXPECT_TRUE(node.happens(TimerExpired{Timer::start_deadline}).last().empty());
    EXPECT_EQ(node.at(), Step::running);
    // Without a limit there is no timer.
    EXPECT_THAT(Node().happens(Started{}).last(), testing::ElementsAre("spawn the server"));
}

TEST(Lifecycle, KillsAnAgentThatIsSilent) {
    Node node(with_citus());
    node.running().happens(AgentPrepared{});
    EXPECT_THAT(node.happens(AgentReported{}).last(), testing::ElementsAre("timer 6 30000"));
    // All of the container may have stood still: what was sent before is read first.
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_silence}).last(),
                testing::ElementsAre("timer 6 5000"));
    node.happens(AgentReported{}).happens(TimerExpired{Timer::agent_silence});
    EXPECT_THAT(node.last(), testing::ElementsAre("timer 6 5000"));
    EXPECT_FALSE(node.state().agent.silent);
    EXPECT_THAT(
        node.happens(TimerExpired{Timer::agent_silence}).last(),
        testing::ElementsAre(testing::StartsWith("warn: the agent has not responded for 35 s"),
                             "KILL the agent"));
    EXPECT_TRUE(node.state().agent.silent);
    EXPECT_TRUE(node.state().ready(with_citus()));  // clients need the server only
    node.exits(Child::agent, 137).happens(TimerExpired{Timer::agent_restart});
    EXPECT_THAT(node.last(), testing::IsSupersetOf({"spawn the agent", "timer 6 30000"}));
    EXPECT_FALSE(node.happens(AgentReported{}).state().agent.silent);
}

// It was stopped by SIGSTOP when the server crashed.
TEST(Lifecycle, StartsNoAgentBesideOneThatHasNotEnded) {
    Node node(with_citus());
    node.running().exits(Child::server, 137, false).happens(OrphansGone{});
    EXPECT_THAT(node.happens(ServerStatusChanged{ServerStatus::ready}).last(),
                testing::AllOf(testing::IsSupersetOf({"timer 6 5000", "TERM the agent"}),
                               Not(Contains("spawn the agent"))));
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_silence}).last(),
                Contains("KILL the agent"));
    EXPECT_THAT(node.exits(Child::agent, 137).last(), Contains("spawn the agent"));
}

TEST(Lifecycle, EndsAfterTheBootstrapWhenNoMoreIsWanted) {
    Node node;
    node.happens(Started{{true, false, false, false, true}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    node.exits(Child::bootstrap_server);
    EXPECT_THAT(node.exits(Child::sync).last(), testing::ElementsAre("complete", "finish 0"));
}

TEST(Lifecycle, KeepsTheExitStatusOfAnInitScriptThatFailed) {
    Node node;
    node.happens(Started{{true, false, false, true, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_THAT(node.exits(Child::init_scripts, 3).last(), Contains("QUIT the bootstrap server"));
    node.exits(Child::bootstrap_server, 0, false);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 3"));
}

TEST(Lifecycle, LetsAnInitScriptRestartTheBootstrapServer) {
    Node node;
    node.happens(Started{{true, false, false, true, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_EQ(node.exits(Child::bootstrap_server).at(), Step::init_scripts);
    EXPECT_THAT(node.exits(Child::init_scripts).last(), Contains("INT the bootstrap server"));
    EXPECT_THAT(node.exits(Child::bootstrap_server).exits(Child::sync).last(),
                Contains("complete"));
}

TEST(Lifecycle, DiscardsABootstrapOnceTheServerThatAScriptRestartedHasEnded) {
    Node node;
    node.happens(Started{{true, false, false, true, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    node.exits(Child::bootstrap_server).exits(Child::init_scripts).happens(StopRequested{});
    EXPECT_THAT(
        node.happens(TimerExpired{Timer::stop_deadline}).last(),
        testing::AllOf(Contains("QUIT the bootstrap server"), Not(Contains("kill orphans"))));
    EXPECT_THAT(node.exits(Child::bootstrap_server, 0, false).last(), Contains("kill orphans"));
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 0"));
}

TEST(Lifecycle, NeverCompletesABootstrapWhoseServerDidNotShutDownCleanly) {
    Node node;
    node.happens(Started{{true, false, false, false, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_EQ(node.at(), Step::bootstrap_stopping);
    EXPECT_THAT(node.exits(Child::bootstrap_server, 0, false).last(), Not(Contains("complete")));
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 1"));
}

TEST(Lifecycle, NeedsNoBootstrapServerForAPreparedClusterWithoutInitScripts) {
    const ChildExited copied{Child::initdb, 0, true, "", true};
    Node node;
    node.happens(Started{{true, false, true, false, false}});
    EXPECT_EQ(node.happens(copied).at(), Step::validation);
    EXPECT_EQ(node.exits(Child::validation).at(), Step::bootstrap_syncing);
    EXPECT_THAT(node.exits(Child::sync).last(),
                testing::ElementsAre("complete", "spawn the server"));
    Node with_scripts;
    with_scripts.happens(Started{{true, false, false, true, false}});
    EXPECT_EQ(with_scripts.happens(copied).at(), Step::bootstrap_starting);
}

TEST(Lifecycle, PreparesInSingleUserModeBesideTheValidation) {
    const ChildExited made{Child::initdb, 0, true, "", true, true};
    for (const bool validation_is_first : {true, false}) {
        Node node;
        node.happens(Started{{true, false, true, false, false}});
        EXPECT_THAT(node.happens(made).last(),
                    testing::ElementsAre("spawn the validation of the configuration",
                                         "spawn the single-user session"));
        node.exits(validation_is_first ? Child::validation : Child::single_user);
        EXPECT_EQ(node.at(), Step::single_user);
        node.exits(validation_is_first ? Child::single_user : Child::validation);
        EXPECT_EQ(node.at(), Step::bootstrap_syncing);
    }
    Node validated_before;
    validated_before.happens(Started{{true, false, false, false, false}}).happens(made);
    EXPECT_EQ(validated_before.exits(Child::single_user).at(), Step::bootstrap_syncing);
}

TEST(Lifecycle, DiscardsAClusterThatSingleUserModeCannotPrepare) {
    Node node;
    node.happens(Started{{true, false, true, false, false}});
    node.happens(ChildExited{Child::initdb, 0, true, "", true, true});
    EXPECT_THAT(node.exits(Child::single_user, 74).last(),
                Contains("TERM the validation of the configuration"));
    node.exits(Child::validation, 143);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 74"));
}

TEST(Lifecycle, NeverCompletesABootstrapThatIsNotOnTheDisk) {
    Node node;
    node.happens(Started{{true, false, false, false, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_EQ(node.exits(Child::bootstrap_server).at(), Step::bootstrap_syncing);
    EXPECT_THAT(node.exits(Child::sync, 74).last(), Not(Contains("complete")));
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 74"));
}

TEST(Lifecycle, EndsInitdbWhenThereCanBeNoCertificate) {
    Node node;
    node.happens(Started{{true, true, true, false, false}});
    EXPECT_THAT(node.exits(Child::certificate, 78).last(), Contains("TERM initdb"));
    node.exits(Child::initdb, 143);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 78"));
}

TEST(Lifecycle, KillsAnAgentThatIsNotPreparedInTime) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_deadline}).last(),
                Contains("KILL the agent"));
}

TEST(Lifecycle, ReloadsTheServerAndTheAgent) {
    Node node;
    node.running();
    EXPECT_THAT(node.happens(ReloadRequested{}).last(),
                testing::ElementsAre("reload", "TERM the agent"));
    EXPECT_THAT(node.exits(Child::agent, 143).last(), Contains("spawn the agent"));
}

TEST(Lifecycle, ReadsTheSettingsAnewBetweenACrashAndTheNextStart) {
    Node node;
    node.running().crashes().happens(ServerStatusChanged{ServerStatus::ready});
    node.exits(Child::agent, 1).exits(Child::server, 137, false);
    EXPECT_EQ(node.at(), Step::clearing_orphans);
    EXPECT_THAT(node.happens(ReloadRequested{}).last(), testing::ElementsAre("reload"));
    EXPECT_EQ(node.happens(OrphansGone{}).at(), Step::waiting_to_restart);
    EXPECT_THAT(node.happens(ReloadRequested{}).last(), testing::ElementsAre("reload"));
    Node stops;
    stops.running().happens(StopRequested{}).exits(Child::agent, 143).exits(Child::server);
    EXPECT_EQ(stops.at(), Step::clearing_orphans);
    EXPECT_THAT(stops.happens(ReloadRequested{}).last(), testing::IsEmpty());
}

TEST(Lifecycle, SaysThatAReloadBeforeTheServerRunsIsLost) {
    Node node;
    node.happens(Started{{true, false, false, true, false}});
    EXPECT_THAT(
        node.happens(ReloadRequested{}).last(),
        testing::ElementsAre(testing::StartsWith("warn: received SIGHUP: nothing is read")));
    EXPECT_EQ(node.at(), Step::initdb);
}

}  // namespace
}  // namespace citus_init::postgres::lifecycle
