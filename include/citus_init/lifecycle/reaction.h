#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "citus_init/lifecycle/agent.h"
#include "citus_init/lifecycle/backoff.h"
#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

template <typename Machine>
struct Transition {
    typename Machine::State state;
    std::vector<typename Machine::Effect> effects;
};

// What the state of every machine begins with. A process that the machine has asked for is in
// `alive` until its end; at most one of each lives at a time.
template <typename Step, typename Child>
struct CommonState {
    Step step{};
    std::set<Child> alive;
    bool stop_requested = false;
    AgentState agent;
    // Set: PID 1 is on its way out, with this code, once what lives has ended.
    std::optional<Finish> ending;
};

// One event being handled: the state as it changes and the effects that it has brought so far, with
// what all machines do alike. A machine derives its own from it, with an on() for each event.
// `Machine` names its types: State (a CommonState), Event, Effect, Policy (with `agent` and
// `hold_on_fatal`), Step (with `held` and `finished`), Child (with `agent`), Timer (with
// `stop_deadline`, `agent_restart` and `agent_silence`).
template <typename Machine>
class Reaction {
  public:
    using State = typename Machine::State;
    using Effect = typename Machine::Effect;
    using Policy = typename Machine::Policy;
    using Step = typename Machine::Step;
    using Child = typename Machine::Child;
    using Timer = typename Machine::Timer;

    // `now` is any monotonic clock.
    Reaction(State state, Milliseconds now, const Policy& policy)
        : state_(std::move(state)), now_(now), policy_(policy) {}

    Transition<Machine> take() { return {std::move(state_), std::move(effects_)}; }

  protected:  // for the machine that derives from it
    void emit(Effect effect) { effects_.push_back(std::move(effect)); }
    void warn(std::string text) { emit(Warn{std::move(text)}); }

    bool lives(Child child) const { return state_.alive.contains(child); }
    void spawn(Child child) {
        state_.alive.insert(child);
        emit(Spawn<Child>{child});
    }
    // Nothing to a child that does not live.
    void send(Child child, Signal signal) {
        if (lives(child)) {
            emit(SendSignal<Child>{child, signal});
        }
    }
    void start_timer(Timer timer, Milliseconds delay) { emit(StartTimer<Timer>{timer, delay}); }
    void cancel(Timer timer) { emit(CancelTimer<Timer>{timer}); }

    // The end with `ending`; or `held`, where the policy asks for it after a failure and nobody
    // waits for the end.
    void finish(bool may_hold = true) {
        if (policy_.hold_on_fatal && state_.ending->code != 0 && !state_.stop_requested &&
            may_hold) {
            state_.step = Step::held;
            cancel(Timer::stop_deadline);  // nothing is being stopped any longer
            return;
        }
        state_.step = Step::finished;
        emit(*state_.ending);
    }

    // --- The agent ---

    void spawn_agent() {
        state_.agent.reloading = false;
        state_.agent.stopping = false;
        state_.agent.suspected = false;
        state_.agent.started = now_;
        spawn(Child::agent);
        start_timer(Timer::agent_silence, policy_.agent.start);
    }

    void agent_reported() {
        // The silence of one whose end was asked for goes on counting: it is killed if it does not
        // end.
        if (lives(Child::agent) && !state_.agent.reloading && !state_.agent.stopping) {
            state_.agent.suspected = false;
            state_.agent.silent = false;
            start_timer(Timer::agent_silence, policy_.agent.silence);
        }
    }

    // Its reports, if it lives, come before the second expiry.
    void agent_silence_expired() {
        if (!lives(Child::agent)) {
            return;
        }
        if (!std::exchange(state_.agent.suspected, true)) {
            return start_timer(Timer::agent_silence, policy_.agent.last_chance);
        }
        state_.agent.silent = true;
        warn(silence_text(policy_.agent));
        send(Child::agent, Signal::kill);
    }

    // To be started anew once it has ended.
    void reload_agent() {
        if (!lives(Child::agent)) {
            return;
        }
        state_.agent.reloading = true;
        if (std::exchange(state_.agent.stopping, false)) {
            // It should have ended by now, and nothing has counted its silence since.
            state_.agent.suspected = true;
            start_timer(Timer::agent_silence, policy_.agent.last_chance);
        }
        send(Child::agent, Signal::terminate);
    }

    void stop_agent() {
        state_.agent.stopping = true;
        cancel(Timer::agent_restart);
        cancel(Timer::agent_silence);
        send(Child::agent, Signal::terminate);
    }

    // It has ended, or could not be started.
    void retry_agent() {
        if (now_ - state_.agent.started >= policy_.agent.healthy_after) {
            state_.agent.failures = 0;
        }
        start_timer(Timer::agent_restart,
                    backoff(policy_.agent.restart_delay, state_.agent.failures++));
    }

    // What the machine's own on() works on.
    // NOLINTBEGIN(misc-non-private-member-variables-in-classes)
    State state_;
    std::vector<Effect> effects_;
    Milliseconds now_;
    const Policy& policy_;
    // NOLINTEND(misc-non-private-member-variables-in-classes)
};

// What `Own` (a Reaction of this machine) makes of an event.
template <typename Own, typename State, typename Event, typename Policy>
auto react(const State& state, const Event& event, Milliseconds now, const Policy& policy) {
    Own reaction(state, now, policy);
    std::visit([&reaction](const auto& happened) { reaction.on(happened); }, event);
    return reaction.take();
}

}  // namespace citus_init::lifecycle
