#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

namespace {

using Labelled = std::pair<std::string, Event>;

// Every kind of thing that can happen in a state, with the values that steer the machine.
std::vector<Labelled> possible_events(const State& state) {
    if (state.step == Step::initial) {
        return {{"a fresh directory", Started{{true, true, false, true, false}}},
                {"an existing one", Started{{false, true, true, false, false}}},
                {"an existing one, as last time", Started{}},
                {"stop request", StopRequested{}}};
    }
    std::vector<Labelled> events{
        {"stop request", StopRequested{}},
        {"accepts connections", ServerStatusChanged{ServerStatus::ready}},
        {"its processes are gone", OrphansGone{}},
        {"deadline", TimerExpired{Timer::stop_deadline}},
        {"start deadline", TimerExpired{Timer::start_deadline}},
        {"delay over", TimerExpired{Timer::restart_delay}},
        {"the agent refuses", AgentFatal{65, ""}},
        {"the agent has prepared it", AgentPrepared{}},
        {"the coordinator answers", TrafficAnswered{}},
        {"hold deadline", TimerExpired{Timer::hold_deadline}},
    };
    for (const Child child : state.alive) {
        const std::string word = child_name(child);
        events.emplace_back(word + " done", ChildExited{child, 0, true, ""});
        events.emplace_back(word + " failed", ChildExited{child, 1, false, ""});
    }
    return events;
}

// States that differ only in counters behave alike, so that the walk ends.
std::string key(const State& state) {
    std::string text =
        fmt::format("{}/{}/{}/{}/{}/{}/{}", step_name(state.step), state.bootstrapping,
                    state.was_ready, state.prepared, state.stop_requested, state.total_restarts > 1,
                    state.ending ? state.ending->code : -1);
    for (const Child child : state.alive) {
        text += fmt::format("/{}", child_name(child));
    }
    return text;
}

}  // namespace

std::string mermaid_diagram() {
    Policy policy;
    policy.restart_limit = 2;
    policy.hold_on_fatal = true;
    policy.hold_timeout = Milliseconds(1);
    std::set<std::string> seen;
    std::set<std::string> arrows;
    std::deque<State> open{State{}};
    while (!open.empty()) {
        const State state = open.front();
        open.pop_front();
        if (!seen.insert(key(state)).second || state.step == Step::finished) {
            continue;
        }
        for (const auto& [label, event] : possible_events(state)) {
            State next = step(state, event, Milliseconds(0), policy).state;
            if (next.step != state.step) {
                arrows.insert(fmt::format("    {} --> {}: {}\n", step_name(state.step),
                                          step_name(next.step), label));
            }
            open.push_back(std::move(next));
        }
    }
    std::string diagram = "stateDiagram-v2\n    [*] --> initial\n";
    for (const auto& arrow : arrows) {
        diagram += arrow;
    }
    return diagram + "    finished --> [*]\n";
}

}  // namespace citus_init::postgres::lifecycle
