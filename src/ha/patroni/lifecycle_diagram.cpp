#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/lifecycle/diagram.h"

namespace citus_init::patroni::lifecycle {

namespace {

ha::Pulse pulse_of(ha::Answer answer) {
    ha::Pulse pulse;
    pulse.answer = answer;
    pulse.state = "running";
    return pulse;
}

std::vector<std::pair<std::string, Event>> possible_events(const State& state) {
    constexpr Milliseconds kLong{60'000};
    if (state.step == Step::initial) {
        return {{"a start", Started{{true, true}}}, {"stop request", StopRequested{}}};
    }
    std::vector<std::pair<std::string, Event>> events{
        {"stop request", StopRequested{}},
        {"Patroni answers", PulseTaken{pulse_of(ha::Answer::alive)}},
        {"Patroni's loop hangs", PulseTaken{pulse_of(ha::Answer::stuck)}},
        {"the container stood still", StoodStill{kLong}},
        {"Patroni's exit is diagnosed", ExitDiagnosis{ExitCause::other, "failure", false}},
        {"another cluster's data directory", ExitDiagnosis{ExitCause::other_cluster, "", false}},
        {"an incomplete data directory", ExitDiagnosis{ExitCause::other, "failure", true}},
        {"an interrupted bootstrap", ExitDiagnosis{ExitCause::other, "failure", false, true}},
        {"its processes are gone", OrphansGone{}},
        {"deadline", TimerExpired{Timer::stop_deadline}},
        {"delay over", TimerExpired{Timer::restart_delay}},
        {"the agent refuses", AgentFatal{65, ""}},
    };
    if (state.step == Step::dcs_wait) {
        events.emplace_back("this member restores its group", RestoreClaimed{});
    }
    if (state.step != Step::certificate && state.step != Step::dcs_wait) {
        events.emplace_back("a server runs", PostmasterSeen{true});
    }
    if (state.postmaster) {
        events.emplace_back("the server has ended", PostmasterGone{0, true});
    }
    for (const Child child : state.alive) {
        const std::string name = child_name(child);
        events.emplace_back(name + " done", ChildExited{child, 0, ""});
        events.emplace_back(name + " failed", ChildExited{child, 1, ""});
    }
    return events;
}

std::string key(const State& state) {
    std::string text =
        fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}", step_name(state.step), state.restores,
                    state.postmaster.has_value(), state.armed, static_cast<int>(state.stop),
                    state.stop_requested, state.server_to_stop, state.server_has_ended,
                    std::min(state.patroni_failures, 2), state.ending ? state.ending->code : -1);
    for (const Child child : state.alive) {
        text += fmt::format("/{}", child_name(child));
    }
    return text;
}

}  // namespace

std::string mermaid_diagram() {
    Policy policy;
    policy.hold_on_fatal = true;
    return mermaid_diagram_of<Machine>({policy, possible_events, key});
}

}  // namespace citus_init::patroni::lifecycle
