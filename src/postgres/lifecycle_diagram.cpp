#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/lifecycle/diagram.h"
#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

namespace {

std::vector<std::pair<std::string, Event>> possible_events(const State& state) {
    if (state.step == Step::initial) {
        return {{"a fresh directory", Started{{true, true, false, true, false}}},
                {"a fresh directory, no init scripts", Started{{true, true, false, false, false}}},
                {"an existing one", Started{{false, true, true, false, false}}},
                {"an existing one, as last time", Started{}},
                {"one of an older major version", Started{{.upgrade = true}}},
                {"one to be restored", Started{{.restore = true}}},
                {"stop request", StopRequested{}}};
    }
    std::vector<std::pair<std::string, Event>> events{
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
        const std::string name = child_name(child);
        events.emplace_back(name + " done", ChildExited{child, 0, true, ""});
        events.emplace_back(name + " failed", ChildExited{child, 1, false, ""});
        if (child == Child::initdb) {
            events.emplace_back("the template is copied", ChildExited{child, 0, true, "", true});
            events.emplace_back("initdb done, no server needed",
                                ChildExited{child, 0, true, "", true, true});
        }
    }
    return events;
}

std::string key(const State& state) {
    std::string text =
        fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}", step_name(state.step), state.bootstrapping,
                    state.is_prepared, state.needs_session, state.plan.init_scripts,
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
    return mermaid_diagram_of<Machine>({policy, possible_events, key});
}

}  // namespace citus_init::postgres::lifecycle
