#include <map>
#include <set>
#include <utility>
#include <variant>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {
namespace {

Event random_event(const State& state) {
    if (state.step == Step::initial) {
        return Started{{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(),
                        *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>(),
                        *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()}};
    }
    std::vector<Event> possible{StopRequested{StopMode::fast},
                                StopRequested{StopMode::immediate},
                                ReloadRequested{},
                                ServerStatusChanged{ServerStatus::starting},
                                ServerStatusChanged{ServerStatus::ready},
                                AgentPrepared{},
                                AgentFatal{65, "refused"},
                                BootstrapFailed{74, "no space"},
                                OrphansGone{},
                                TimerExpired{Timer::start_deadline},
                                TimerExpired{Timer::stop_deadline},
                                TimerExpired{Timer::restart_delay},
                                TimerExpired{Timer::healthy},
                                TimerExpired{Timer::agent_restart},
                                TimerExpired{Timer::agent_deadline},
                                TrafficAnswered{},
                                TimerExpired{Timer::hold_deadline}};
    for (const Child child : state.alive) {
        for (int copies = 0; copies < 3; ++copies) {
            possible.emplace_back(ChildExited{
                child, *rc::gen::element(0, 0, 1, 137), *rc::gen::arbitrary<bool>(), "some status",
                *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()});
            possible.emplace_back(SpawnFailed{child, "no process"});
        }
    }
    return *rc::gen::elementOf(possible);
}

// What must hold in every order of events.
struct Invariants {
    std::map<Child, bool> alive;
    bool completed = false;
    bool discarded = false;
    bool finished = false;
    int holds = 0;
    bool is_clean = true;  // the server, as it ended last

    void check(const Effect& effect, const State& before) {
        RC_ASSERT(!finished);
        if (const auto* spawn = std::get_if<Spawn>(&effect)) {
            RC_ASSERT(!alive[spawn->child]);
            RC_ASSERT(!discarded);
            if (spawn->child == Child::server) {
                // Two postmasters never share the directory, and an incomplete one is never served.
                RC_ASSERT(!alive[Child::bootstrap_server]);
                RC_ASSERT(!before.plan.bootstrap || completed || before.step == Step::initial);
            }
            alive[spawn->child] = true;
            // Two servers never share the directory, one in single-user mode included.
            RC_ASSERT(alive[Child::server] + alive[Child::bootstrap_server] +
                          alive[Child::single_user] <=
                      1);
        }
        if (const auto* sent = std::get_if<SendSignal>(&effect)) {
            // One that a script restarted is adopted; where there is none, its end is posted.
            RC_ASSERT(alive[sent->child] || sent->child == Child::bootstrap_server);
            alive[sent->child] = true;
        }
        if (std::holds_alternative<HoldTraffic>(effect)) {
            // Of somebody who can answer, while there is something to hold.
            RC_ASSERT(alive[Child::agent] && alive[Child::server] && before.prepared);
            RC_ASSERT(++holds == 1);
        }
        if (std::holds_alternative<CompleteBootstrap>(effect)) {
            RC_ASSERT(!completed && !discarded);
            completed = true;
        }
        if (std::holds_alternative<DiscardBootstrap>(effect)) {
            RC_ASSERT(!completed);
            for (const auto& [child, lives] : alive) {
                RC_ASSERT(!lives);
            }
            discarded = true;
        }
        if (std::holds_alternative<Finish>(effect)) {
            finished = true;
            RC_ASSERT(is_clean || std::get<Finish>(effect).code != 0);
            // PID 1 never leaves a postmaster behind, but one that even SIGKILL did not end.
            RC_ASSERT(!alive[Child::server] && !alive[Child::bootstrap_server]);
        }
    }
    void ended(const Event& event) {
        if (const auto* exited = std::get_if<ChildExited>(&event)) {
            alive[exited->child] = false;
            is_clean = exited->child == Child::server ? exited->shut_down_clean : is_clean;
        } else if (const auto* failed = std::get_if<SpawnFailed>(&event)) {
            alive[failed->child] = false;
        }
    }
};

RC_GTEST_PROP(LifecycleProperty, HoldsInEveryOrderOfEvents, ()) {
    Policy policy;
    policy.agent_gates_readiness = *rc::gen::arbitrary<bool>();
    policy.hold_on_fatal = *rc::gen::arbitrary<bool>();
    policy.hold_timeout = Milliseconds(*rc::gen::element(0, 2'000));
    State state;
    Invariants invariants;
    Milliseconds now{0};
    for (int i = 0; i < 60 && state.step != Step::finished; ++i) {
        const Event event = random_event(state);
        now += Milliseconds(*rc::gen::inRange(0, 100'000));
        invariants.ended(event);
        const State before = state;
        auto transition = step(state, event, now, policy);
        state = std::move(transition.state);
        for (const auto& effect : transition.effects) {
            invariants.check(effect, before);
        }
        for (const auto& [child, lives] : invariants.alive) {
            RC_ASSERT(lives == state.alive.contains(child));
        }
    }
}

// From anywhere, a stop request and time are enough to come to an end, with a leftover that even
// SIGKILL does not end, too.
RC_GTEST_PROP(LifecycleProperty, AlwaysEndsOnRequest, ()) {
    Policy policy;
    policy.hold_timeout = Milliseconds(*rc::gen::element(0, 2'000));
    const bool has_stuck_orphan = *rc::gen::arbitrary<bool>();
    State state;
    std::set<Timer> timers;
    const auto happens = [&](const Event& event, int now) {
        auto transition = step(state, event, Milliseconds(now), policy);
        state = std::move(transition.state);
        for (const auto& effect : transition.effects) {
            if (const auto* started = std::get_if<StartTimer>(&effect)) {
                timers.insert(started->timer);
            } else if (const auto* cancelled = std::get_if<CancelTimer>(&effect)) {
                timers.erase(cancelled->timer);
            }
        }
    };
    for (int i = 0; i < 30 && state.step != Step::finished; ++i) {
        happens(random_event(state), i);
    }
    happens(StopRequested{}, 100);
    for (int i = 0; i < 20 && state.step != Step::finished; ++i) {
        for (const Timer timer : {Timer::hold_deadline, Timer::stop_deadline}) {
            if (timers.erase(timer) != 0) {
                happens(TimerExpired{timer}, 200);
            }
        }
        const auto alive = state.alive;  // SIGKILL works
        for (const Child child : alive) {
            if (child != Child::agent) {
                happens(ChildExited{child, 137, false, "killed"}, 300);
            }
        }
        if (!has_stuck_orphan) {
            happens(OrphansGone{}, 400);
        }
    }
    RC_ASSERT(state.step == Step::finished);
}

TEST(LifecycleDiagram, KnowsTheWayUpAndTheWayDown) {
    const std::string diagram = mermaid_diagram();
    EXPECT_NE(diagram.find("initial --> initdb: a fresh directory"), std::string::npos);
    EXPECT_NE(diagram.find("running --> stopping: stop request"), std::string::npos);
    EXPECT_NE(diagram.find("clearing_orphans --> waiting_to_restart"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::postgres::lifecycle
