#include "citus_init/lifecycle/event_pump.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace citus_init::lifecycle {
namespace {

// A machine in which every event leads to the effects that a table lists for it.
namespace table_toy {

enum class Step { initial, held, finished };

struct Ending {
    int code = 0;
    std::string why;
};

struct State {
    Step step = Step::initial;
    std::string event;  // the last one
    std::chrono::milliseconds at{0};
    std::optional<Ending> ending;
};

using Table = std::map<std::string, std::vector<std::string>>;

struct Machine {
    using State = table_toy::State;
    using Event = std::string;
    using Effect = std::string;
    using Policy = Table;
    using Step = table_toy::Step;
};

struct Transition {
    State state;
    std::vector<std::string> effects;
};

Transition step(const State& state, const std::string& event, std::chrono::milliseconds now,
                const Table& table) {
    Transition to{state, {}};
    to.state.event = event;
    to.state.at = now;
    if (event == "failed") {
        to.state.step = Step::finished;
        to.state.ending = Ending{1, "it failed"};
    }
    if (const auto found = table.find(event); found != table.end()) {
        to.effects = found->second;
    }
    return to;
}

const char* step_name(Step step) {
    return step == Step::finished ? "finished" : "another";
}

}  // namespace table_toy

// Notes what it is called with. An effect "post X" posts the event X, "start X" is awaited.
class Shell {
  public:
    explicit Shell(const table_toy::Table& table)
        : pump_(
              table, [this] { notes_.push_back("published " + pump_.state().event); },
              [this](const std::string& effect) { carry_out(effect); },
              [](const std::string& effect) { return effect.starts_with("start "); }) {}

    std::vector<std::string> post(const std::string& event) {
        pump_.post(event);
        return std::exchange(notes_, {});
    }
    const table_toy::State& state() const { return pump_.state(); }

  private:
    void carry_out(const std::string& effect) {
        constexpr std::string_view kPost = "post ";
        notes_.push_back(effect + " in " + pump_.state().event);
        if (effect.starts_with(kPost)) {
            pump_.post(effect.substr(kPost.size()));
        }
    }

    std::vector<std::string> notes_;
    EventPump<table_toy::Machine> pump_;
};

using Notes = std::vector<std::string>;

TEST(EventPump, PublishesWhatAnEventChangedBeforeItCarriesItsEffectsOutInOrder) {
    Shell shell(table_toy::Table{{"a", {"one", "two"}}});
    EXPECT_EQ(shell.post("a"), (Notes{"published a", "one in a", "two in a"}));
}

TEST(EventPump, ExecutesWhatIsAwaitedBeforeItPublishes) {
    Shell shell(
        table_toy::Table{{"a", {"start x", "start y", "one", "start z"}}, {"b", {"start x"}}});
    EXPECT_EQ(shell.post("a"),
              (Notes{"start x in a", "start y in a", "published a", "one in a", "start z in a"}));
    EXPECT_EQ(shell.post("b"), (Notes{"start x in b", "published b"}));
}

TEST(EventPump, DoesNotPublishAStateWhoseNextEventIsThereAlready) {
    Shell shell(table_toy::Table{{"a", {"post b"}}, {"b", {"post c", "post d"}}});
    EXPECT_EQ(shell.post("a"), (Notes{"published a", "post b in a", "published b", "post c in b",
                                      "post d in b", "published d"}));
}

TEST(EventPump, TakesAnEventThatAnEffectPostsOnlyAfterTheEffectsBehindIt) {
    Shell shell(table_toy::Table{{"a", {"post b", "two"}}, {"b", {"three"}}});
    EXPECT_EQ(shell.post("a"),
              (Notes{"published a", "post b in a", "two in a", "published b", "three in b"}));
}

TEST(EventPump, TakesEventsInTheOrderInWhichTheyWerePosted) {
    Shell shell(table_toy::Table{{"a", {"post b", "post c"}}, {"b", {"post d"}}});
    EXPECT_EQ(shell.post("a"), (Notes{"published a", "post b in a", "post c in a", "published b",
                                      "post d in b", "published d"}));
}

TEST(EventPump, TakesWhatWasPostedBehindTheErrorThatEndedTheRun) {
    Shell shell(table_toy::Table{{"a", {"post failed", "post b"}}, {"b", {"clean up"}}});
    EXPECT_EQ(shell.post("a"), (Notes{"published a", "post failed in a", "post b in a",
                                      "published b", "clean up in b"}));
    EXPECT_EQ(shell.state().step, table_toy::Step::finished);
    EXPECT_EQ(shell.state().ending->why, "it failed");
}

TEST(EventPump, IsReadyForTheNextEventOnceAllIsDone) {
    Shell shell(table_toy::Table{{"a", {"post b"}}});
    shell.post("a");
    EXPECT_EQ(shell.post("c"), (Notes{"published c"}));
}

TEST(EventPump, GivesTheMachineAClockThatNeverGoesBack) {
    Shell shell(table_toy::Table{});
    shell.post("a");
    const auto before = shell.state().at;
    shell.post("b");
    EXPECT_GT(before.count(), 0);
    EXPECT_GE(shell.state().at, before);
}

}  // namespace
}  // namespace citus_init::lifecycle
