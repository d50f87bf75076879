#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

struct Arrow {
    std::string from;
    std::string to;
    std::string label;
    // The check takes what the compiler makes of it for a null pointer constant.
    auto operator<=>(const Arrow&) const = default;  // NOLINT(modernize-use-nullptr)
};

// A Mermaid state diagram from `initial` to `finished`, one line for each arrow.
std::string mermaid_text(const std::set<Arrow>& arrows);

// How a machine is walked over.
template <typename Machine>
struct Walk {
    typename Machine::Policy policy;
    // Every kind of thing that can happen in a state, named, with the values that steer the
    // machine.
    std::function<std::vector<std::pair<std::string, typename Machine::Event>>(
        const typename Machine::State&)>
        possible_events;
    // States of the same key behave alike (they differ in counters only), so that the walk ends.
    std::function<std::string(const typename Machine::State&)> key;
};

// Every transition that a walk over all reachable states finds.
template <typename Machine>
std::string mermaid_diagram_of(const Walk<Machine>& walk) {
    using State = typename Machine::State;
    std::set<std::string> seen;
    std::set<Arrow> arrows;
    std::deque<State> open{State{}};
    while (!open.empty()) {
        const State state = open.front();
        open.pop_front();
        if (!seen.insert(walk.key(state)).second || state.step == Machine::Step::finished) {
            continue;
        }
        for (const auto& [label, event] : walk.possible_events(state)) {
            State next = step(state, event, Milliseconds(0), walk.policy).state;
            if (next.step != state.step) {
                arrows.insert({step_name(state.step), step_name(next.step), label});
            }
            open.push_back(std::move(next));
        }
    }
    return mermaid_text(arrows);
}

}  // namespace citus_init::lifecycle
