#include <chrono>

#include <fmt/core.h>

#include "citus_init/ha/patroni/rest_answers.h"

#include "ha/patroni/lifecycle_reaction.h"

namespace citus_init::patroni::lifecycle {

// --- The server, as it is seen ---

void Reaction::on(const PostmasterSeen& seen) {
    const bool is_new = !state_.postmaster;
    if (is_new) {
        state_.postmaster = Postmaster{};
        state_.server_has_ended = false;
    }
    state_.postmaster->primary = seen.primary;
    if (!is_new) {
        return;
    }
    if (state_.stop != StopStage::none) {
        stop_late_server();
    } else if (state_.step == Step::ending_server) {
        emit(SignalPostmaster{state_.server_signal});
    }
}

void Reaction::on(const PostmasterGone& gone) {
    state_.postmaster.reset();
    state_.server_ended = gone;
    state_.server_has_ended = true;
    if (state_.step == Step::stopping) {
        if (state_.stop > StopStage::asked && state_.stop < StopStage::kill) {
            set_stop_deadline();
        }
        continue_stop();
    } else if (state_.step == Step::ending_server) {
        continue_after_server();
    }
}

// --- The watchdog ---

void Reaction::on(const PulseTaken& taken) {
    agent_reported();
    const ha::Pulse& pulse = taken.pulse;
    if (pulse.answer == ha::Answer::alive) {
        state_.armed = true;
        state_.last_alive = now_;
        state_.unanswered = 0;
        state_.paused = pulse.paused;
        state_.patroni_state = pulse.state;
        if (has_lost_store(pulse)) {
            guard(fmt::format("Patroni has not reached the configuration store for {} s",
                              pulse.store_age->count()));
        }
        return;
    }
    ++state_.unanswered;
    if (must_end(pulse)) {
        guard(pulse.answer == ha::Answer::stuck ? "Patroni's loop does not turn any more"
                                                : "Patroni does not answer any more");
    }
}

bool Reaction::must_end(const ha::Pulse& pulse) const {
    constexpr int kEnoughPulses = 3;
    return is_watched() && (pulse.answer == ha::Answer::stuck ||
                            (state_.unanswered >= kEnoughPulses && is_unguarded()));
}

// Its own loop would have demoted it before. In failsafe mode it leads by its members' leave.
bool Reaction::has_lost_store(const ha::Pulse& pulse) const {
    return is_watched() && pulse.store_age && *pulse.store_age > policy_.store_timeout &&
           !pulse.failsafe_active;
}

bool Reaction::is_watched() const {
    const bool has_patroni =
        state_.step == Step::supervising || state_.step == Step::exit_diagnosis ||
        state_.step == Step::clearing_orphans || state_.step == Step::waiting_to_restart;
    return has_patroni && !state_.ending && state_.armed && !state_.paused && state_.postmaster &&
           state_.postmaster->primary && !is_being_made(state_.patroni_state);
}

bool Reaction::is_unguarded() const {
    return now_ - state_.last_alive > policy_.answer_timeout;
}

bool must_end_after(const State& state, Milliseconds gap, const Policy& policy) {
    return gap > policy.answer_timeout && state.step != Step::held &&
           state.step != Step::finished && !state.paused && state.postmaster &&
           state.postmaster->primary && !is_being_made(state.patroni_state);
}

void Reaction::on(const StoodStill& still) {
    if (!must_end_after(state_, still.gap, policy_)) {
        return;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(still.gap).count();
    const std::string why = fmt::format("this container stood still for {} s", seconds);
    if (!state_.ending) {
        return guard(why);
    }
    warn(why + ": the server is stopped at once, since another member may lead by now");
    send(Child::patroni, Signal::kill);
    emit(SignalPostmaster{Signal::quit});
}

// The primary ends before another member can be promoted. SIGQUIT, since its checkpoint would take
// longer; Patroni first, so that it does not start another.
void Reaction::guard(const std::string& why) {
    warn(
        fmt::format("{}, so this primary could go on beside a new one: it is ended at once, and "
                    "Patroni started "
                    "anew",
                    why));
    state_.last_failure = fmt::format("{}: the server was ended at once", why);
    state_.armed = false;
    state_.unanswered = 0;
    cancel(Timer::restart_delay);
    send(Child::patroni, Signal::kill);
    end_server(Signal::quit);
}

void Reaction::end_server(Signal signal) {
    state_.step = Step::ending_server;
    state_.server_signal = signal;
    emit(SignalPostmaster{signal});
    start_timer(Timer::server_deadline, policy_.server_timeout);
}

void Reaction::server_deadline_passed() {
    if (state_.step != Step::ending_server || !state_.postmaster) {
        return;
    }
    end_server(state_.server_signal == Signal::interrupt ? Signal::quit : Signal::kill);
}

void Reaction::continue_after_server() {
    if (!state_.postmaster && !lives(Child::patroni)) {
        cancel(Timer::server_deadline);
        clear_orphans();
    }
}

}  // namespace citus_init::patroni::lifecycle
