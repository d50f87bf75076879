#include "citus_init/postgres/lifecycle.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::postgres::lifecycle {
namespace {

using testing::Contains;
using testing::Not;

// Drives the machine and keeps what it asked for, as one word per effect.
class Node {
  public:
    explicit Node(Policy policy = {}) : policy_(policy) {}

    Node& happens(const Event& event) {
        auto [state, effects] = step(state_, event, now_, policy_);
        state_ = std::move(state);
        last_.clear();
        for (const auto& effect : effects) {
            last_.push_back(word(effect));
        }
        return *this;
    }
    Node& exits(Child child, int code = 0, bool clean = true) {
        return happens(ChildExited{child, code, clean, "exit code " + std::to_string(code)});
    }
    Node& later(Milliseconds delay) {
        now_ += delay;
        return *this;
    }
    Node& running() { return happens(Started{}).happens(ServerStatusChanged{ServerStatus::ready}); }
    Node& crashes() {
        exits(Child::server, 137, false);
        if (state_.alive.contains(Child::agent)) {
            exits(Child::agent, 143);
        }
        return happens(OrphansGone{});
    }

    const State& state() const { return state_; }
    const std::vector<std::string>& last() const { return last_; }
    Step at() const { return state_.step; }

  private:
    static std::string word(const Effect& effect) {
        struct Words {
            std::string operator()(const Spawn& e) {
                return std::string("spawn ") + child_word(e.child);
            }
            std::string operator()(const SendSignal& e) {
                constexpr std::array names = {"TERM", "INT", "QUIT", "KILL", "HUP"};
                return std::string(names.at(static_cast<std::size_t>(e.signal))) + " " +
                       child_word(e.child);
            }
            std::string operator()(const StartTimer& e) {
                return "timer " + std::to_string(static_cast<int>(e.timer)) + " " +
                       std::to_string(e.delay.count());
            }
            std::string operator()(const CancelTimer&) { return "cancel"; }
            std::string operator()(const EndOrphans& e) {
                return e.kill ? "kill orphans" : "end orphans";
            }
            std::string operator()(const AdvanceBootstrap& e) {
                return std::string("phase ") + step_word(e.step);
            }
            std::string operator()(const CompleteBootstrap&) { return "complete"; }
            std::string operator()(const DiscardBootstrap&) { return "discard"; }
            std::string operator()(const ReloadSettings&) { return "reload"; }
            std::string operator()(const AnnounceReady&) { return "ready"; }
            std::string operator()(const Finish& e) { return "finish " + std::to_string(e.code); }
        };
        return std::visit(Words{}, effect);
    }

    Policy policy_;
    State state_;
    Milliseconds now_{0};
    std::vector<std::string> last_;
};

Policy with_citus() {
    Policy policy;
    policy.agent_gates_readiness = true;
    return policy;
}

TEST(Lifecycle, BringsAFreshDirectoryUpStepByStep) {
    Node node;
    EXPECT_THAT(node.happens(Started{{true, true, false, true, false}}).last(),
                testing::ElementsAre("phase initdb", "spawn initdb"));
    EXPECT_EQ(node.exits(Child::initdb).at(), Step::certificate);
    EXPECT_EQ(node.exits(Child::certificate).at(), Step::bootstrap_starting);
    EXPECT_EQ(node.happens(ServerStatusChanged{ServerStatus::ready}).at(), Step::preparation);
    EXPECT_EQ(node.exits(Child::preparation).at(), Step::init_scripts);
    EXPECT_THAT(node.exits(Child::init_scripts).last(), Contains("INT the bootstrap server"));
    EXPECT_THAT(node.exits(Child::bootstrap_server).last(),
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

TEST(Lifecycle, StopsFastThenImmediateThenKills) {
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

TEST(Lifecycle, EscalatesAtTheSecondRequestAndNeverStepsBack) {
    Node node;
    node.running();
    node.happens(StopRequested{});
    EXPECT_THAT(node.happens(StopRequested{}).last(), Contains("QUIT the server"));
    EXPECT_TRUE(node.happens(StopRequested{StopMode::fast}).last().empty());
    EXPECT_EQ(node.state().stop_mode, StopMode::immediate);
}

TEST(Lifecycle, EndsWithZeroAfterACleanStop) {
    Node node;
    node.running().happens(StopRequested{});
    node.exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 0"));
}

TEST(Lifecycle, DiscardsABootstrapThatIsStoppedAtAnyStep) {
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

TEST(Lifecycle, EndsAfterTheBootstrapWhenNoMoreIsWanted) {
    Node node;
    node.happens(Started{{true, false, false, false, true}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_THAT(node.exits(Child::bootstrap_server).last(),
                testing::ElementsAre("complete", "finish 0"));
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
    EXPECT_THAT(node.exits(Child::bootstrap_server).last(), Contains("complete"));
}

TEST(Lifecycle, NeverCompletesABootstrapWhoseServerDidNotShutDownCleanly) {
    Node node;
    node.happens(Started{{true, false, false, false, false}}).exits(Child::initdb);
    node.happens(ServerStatusChanged{ServerStatus::ready}).exits(Child::preparation);
    EXPECT_EQ(node.at(), Step::bootstrap_stopping);
    EXPECT_THAT(node.exits(Child::bootstrap_server, 0, false).last(), Not(Contains("complete")));
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("discard", "finish 1"));
}

TEST(Lifecycle, RestartsACrashedServerAtOnceThenWithBackoffThenGivesUp) {
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

TEST(Lifecycle, ForgetsOldRestartsAndOldBackoff) {
    Policy policy;
    policy.restart_limit = 1;
    Node node(policy);
    node.running();
    node.crashes().happens(ServerStatusChanged{ServerStatus::ready});
    node.happens(TimerExpired{Timer::healthy}).later(Milliseconds(300'000)).crashes();
    EXPECT_EQ(node.at(), Step::server_starting);
}

TEST(Lifecycle, DoesNotRetryAServerThatNeverCameUp) {
    Node node;
    node.happens(Started{}).exits(Child::server, 1, true);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 1"));
}

TEST(Lifecycle, TakesAnImmediateShutdownFromInsideForACrash) {
    Node node;
    node.running().exits(Child::server, 0, false);
    node.happens(OrphansGone{});
    EXPECT_EQ(node.at(), Step::server_starting);
}

TEST(Lifecycle, EndsWithTheServerThatWasShutDownFromInside) {
    Node node;
    node.running().exits(Child::server, 0, true);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 0"));
}

TEST(Lifecycle, RestartsTheAgentWithoutTouchingTheServer) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.exits(Child::agent, 139).last(), Contains("timer 3 1000"));
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_restart}).last(),
                Contains("spawn the agent"));
    EXPECT_THAT(node.exits(Child::agent, 139).last(), Contains("timer 3 2000"));
    EXPECT_TRUE(node.state().alive.contains(Child::server));
}

TEST(Lifecycle, KillsAnAgentThatIsNotPreparedInTime) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.happens(TimerExpired{Timer::agent_deadline}).last(),
                Contains("KILL the agent"));
}

TEST(Lifecycle, StopsTheServerWhenTheAgentRefusesTheNode) {
    Node node(with_citus());
    node.running();
    EXPECT_THAT(node.happens(AgentFatal{65, "older library"}).last(), Contains("INT the server"));
    node.exits(Child::agent, 65).exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), testing::ElementsAre("finish 65"));
}

TEST(Lifecycle, StaysForALookInsideWhenToldToHold) {
    Policy policy;
    policy.hold_on_fatal = true;
    Node node(policy);
    node.happens(Started{}).exits(Child::server, 1, true);
    node.happens(OrphansGone{});
    EXPECT_EQ(node.at(), Step::held);
    EXPECT_THAT(node.happens(StopRequested{}).last(), testing::ElementsAre("finish 1"));
}

TEST(Lifecycle, IgnoresAStaleDeadlineWhileItWaitsToStartAgain) {
    Node node;
    node.running().exits(Child::server, 137, false);
    EXPECT_TRUE(node.happens(TimerExpired{Timer::stop_deadline}).last().empty());
    EXPECT_EQ(node.at(), Step::clearing_orphans);
}

TEST(Lifecycle, ReloadsTheServerAndTheAgent) {
    Node node;
    node.running();
    EXPECT_THAT(node.happens(ReloadRequested{}).last(),
                testing::ElementsAre("reload", "TERM the agent"));
    EXPECT_THAT(node.exits(Child::agent, 143).last(), Contains("spawn the agent"));
}

}  // namespace
}  // namespace citus_init::postgres::lifecycle
