#include "citus_init/lifecycle/agent.h"

#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/lifecycle/reaction.h"

// What every machine does for its agent, on one that does nothing else.
namespace citus_init::lifecycle {
namespace {

namespace toy {

enum class Step { running, held, finished };
enum class Child { agent };
enum class Timer { stop_deadline, agent_restart, agent_silence };
struct Start {};
struct Reload {};
struct Stop {};
struct Ended {};
using Event = std::variant<Start, Reload, Stop, Ended, AgentReported, TimerExpired<Timer>>;
using Effect = std::variant<Spawn<Child>, SendSignal<Child>, StartTimer<Timer>, CancelTimer<Timer>,
                            Warn, Finish>;
struct Policy {
    AgentPolicy agent;
    bool hold_on_fatal = false;
};
using State = CommonState<Step, Child>;
struct Machine {
    using State = toy::State;
    using Event = toy::Event;
    using Effect = toy::Effect;
    using Policy = toy::Policy;
    using Step = toy::Step;
    using Child = toy::Child;
    using Timer = toy::Timer;
};

class Reaction : public lifecycle::Reaction<Machine> {
  public:
    using lifecycle::Reaction<Machine>::Reaction;
    void on(const Start& /*unused*/) { spawn_agent(); }
    void on(const Reload& /*unused*/) { reload_agent(); }
    void on(const Stop& /*unused*/) { stop_agent(); }
    void on(const Ended& /*unused*/) {
        state_.alive.erase(Child::agent);
        state_.agent.reloading ? spawn_agent() : retry_agent();
    }
    void on(const AgentReported& /*unused*/) { agent_reported(); }
    void on(const TimerExpired<Timer>& /*unused*/) { agent_silence_expired(); }
};

}  // namespace toy

using testing::ElementsAre;
using testing::IsEmpty;

const TimerExpired<toy::Timer> kSilence{toy::Timer::agent_silence};

class DrivenAgent {
  public:
    std::vector<std::string> happens(const toy::Event& event) {
        auto [state, effects] = react<toy::Reaction>(state_, event, now_, toy::Policy{});
        state_ = std::move(state);
        std::vector<std::string> names;
        for (const auto& effect : effects) {
            std::visit([&](const auto& what) { names.push_back(name(what)); }, effect);
        }
        return names;
    }
    DrivenAgent& later(Milliseconds delay) {
        now_ += delay;
        return *this;
    }
    const AgentState& state() const { return state_.agent; }

  private:
    static std::string name(const Spawn<toy::Child>& /*unused*/) { return "spawn"; }
    static std::string name(const SendSignal<toy::Child>& e) {
        return e.signal == Signal::kill ? "KILL" : "TERM";
    }
    static std::string name(const StartTimer<toy::Timer>& e) {
        return (e.timer == toy::Timer::agent_silence ? "silence " : "restart ") +
               std::to_string(e.delay.count());
    }
    static std::string name(const CancelTimer<toy::Timer>& e) {
        return e.timer == toy::Timer::agent_silence ? "cancel silence" : "cancel restart";
    }
    static std::string name(const Warn& /*unused*/) { return "warn"; }
    static std::string name(const Finish& /*unused*/) { return "finish"; }

    toy::State state_;
    Milliseconds now_{0};
};

TEST(Agent, IsKilledAfterItsLastChanceOnly) {
    DrivenAgent agent;
    EXPECT_THAT(agent.happens(toy::Start{}), ElementsAre("spawn", "silence 30000"));
    EXPECT_THAT(agent.happens(AgentReported{}), ElementsAre("silence 30000"));
    EXPECT_THAT(agent.happens(kSilence), ElementsAre("silence 5000"));
    EXPECT_FALSE(agent.state().silent);
    EXPECT_THAT(agent.happens(kSilence), ElementsAre("warn", "KILL"));
    EXPECT_TRUE(agent.state().silent);
}

TEST(Agent, ThatStoodStillIsLeftAliveOnceItReports) {
    DrivenAgent agent;
    agent.happens(toy::Start{});
    agent.happens(kSilence);
    EXPECT_THAT(agent.happens(AgentReported{}), ElementsAre("silence 30000"));
    EXPECT_THAT(agent.happens(kSilence), ElementsAre("silence 5000"));
}

TEST(Agent, IsSilentUntilTheNextOneReports) {
    DrivenAgent agent;
    agent.happens(toy::Start{});
    agent.happens(kSilence);
    agent.happens(kSilence);
    agent.happens(toy::Ended{});
    agent.happens(toy::Start{});
    EXPECT_TRUE(agent.state().silent);
    agent.happens(AgentReported{});
    EXPECT_FALSE(agent.state().silent);
}

// It goes on reporting, but never ends.
TEST(Agent, ThatDoesNotEndForAReloadIsKilledThoughItReports) {
    DrivenAgent agent;
    agent.happens(toy::Start{});
    EXPECT_THAT(agent.happens(toy::Reload{}), ElementsAre("TERM"));
    EXPECT_THAT(agent.happens(AgentReported{}), IsEmpty());
    agent.happens(kSilence);
    EXPECT_THAT(agent.happens(kSilence), ElementsAre("warn", "KILL"));
    EXPECT_THAT(agent.happens(toy::Ended{}), ElementsAre("spawn", "silence 30000"));
}

TEST(Agent, ThatKeepsEndingIsStartedLaterEachTimeThoughItReports) {
    DrivenAgent agent;
    for (const char* restart : {"restart 1000", "restart 2000", "restart 4000"}) {
        agent.happens(toy::Start{});
        agent.happens(AgentReported{});
        EXPECT_THAT(agent.later(Milliseconds(1'000)).happens(toy::Ended{}), ElementsAre(restart));
    }
}

TEST(Agent, ThatLivedLongIsStartedAgainAsAfterItsFirstFailure) {
    DrivenAgent agent;
    agent.happens(toy::Start{});
    agent.happens(toy::Ended{});
    agent.happens(toy::Start{});
    agent.happens(toy::Ended{});
    agent.happens(toy::Start{});
    EXPECT_THAT(agent.later(Milliseconds(60'000)).happens(toy::Ended{}),
                ElementsAre("restart 1000"));
}

TEST(Agent, IsAskedToEndAndNotStartedAgain) {
    DrivenAgent agent;
    agent.happens(toy::Start{});
    EXPECT_THAT(agent.happens(toy::Stop{}),
                ElementsAre("cancel restart", "cancel silence", "TERM"));
    EXPECT_THAT(agent.happens(AgentReported{}), IsEmpty());
}

TEST(SilenceText, NamesTheSeconds) {
    EXPECT_THAT(silence_text({}), testing::HasSubstr("has not responded for 35 s"));
}

}  // namespace
}  // namespace citus_init::lifecycle
