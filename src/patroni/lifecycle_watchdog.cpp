#include <chrono>

#include <fmt/core.h>

#include "citus_init/patroni/member_status.h"

#include "patroni/lifecycle_machine.h"

namespace citus_init::patroni::lifecycle {

// --- The server, as it is seen ---

void Machine::on(const PostmasterSeen& seen) {
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

void Machine::on(const PostmasterGone& gone) {
    state_.postmaster.reset();
    state_.server_ended = gone;
    state_.server_has_ended = true;
    if (state_.step == Step::stopping) {
        if (state_.stop > StopStage::asked && state_.stop < StopStage::kill) {
            set_stop_timer();
        }
        continue_stop();
    } else if (state_.step == Step::ending_server) {
        continue_after_server();
    }
}

// --- The watchdog ---

void Machine::on(const PulseTaken& taken) {
    agent_reported();
    const Pulse& pulse = taken.pulse;
    if (pulse.answer == Answer::alive) {
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
        guard(pulse.answer == Answer::stuck ? "Patroni's loop does not turn any more"
                                            : "Patroni does not answer any more");
    }
}

bool Machine::must_end(const Pulse& pulse) const {
    constexpr int kEnoughPulses = 3;
    return is_watched() && (pulse.answer == Answer::stuck ||
                            (state_.unanswered >= kEnoughPulses && is_unguarded()));
}

// Its own loop would have demoted it before. In failsafe mode it leads by its members' leave.
bool Machine::has_lost_store(const Pulse& pulse) const {
    return is_watched() && pulse.store_age && *pulse.store_age > policy_.store_patience &&
           !pulse.failsafe_active;
}

bool Machine::is_watched() const {
    const bool has_patroni =
        state_.step == Step::supervising || state_.step == Step::exit_diagnosis ||
        state_.step == Step::clearing_orphans || state_.step == Step::waiting_to_restart;
    return has_patroni && !state_.ending && state_.armed && !state_.paused && state_.postmaster &&
           state_.postmaster->primary && !is_being_made(state_.patroni_state);
}

bool Machine::is_unguarded() const {
    return now_ - state_.last_alive > policy_.patience;
}

bool must_end_after(const State& state, Milliseconds gap, const Policy& policy) {
    return gap > policy.patience && state.step != Step::held && state.step != Step::finished &&
           !state.paused && state.postmaster && state.postmaster->primary &&
           !is_being_made(state.patroni_state);
}

void Machine::on(const StoodStill& still) {
    if (!must_end_after(state_, still.gap, policy_)) {
        return;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(still.gap).count();
    const std::string why = fmt::format("this container stood still for {} s", seconds);
    if (!state_.ending) {
        return guard(why);
    }
    emit(Warn{why + ": the server is stopped at once, since another member may lead by now"});
    if (lives(Child::patroni)) {
        emit(SendSignal{Child::patroni, Signal::kill});
    }
    emit(SignalPostmaster{Signal::quit});
}

// The primary ends before another member can be promoted. SIGQUIT, since its checkpoint would take
// longer; Patroni first, so that it does not start another.
void Machine::guard(const std::string& why) {
    emit(
        Warn{fmt::format("{}, so this primary could go on beside a new one: it is ended at once, "
                         "and Patroni started anew",
                         why)});
    state_.last_failure = fmt::format("{}: the server was ended at once", why);
    state_.armed = false;
    state_.unanswered = 0;
    emit(CancelTimer{Timer::restart_delay});
    if (lives(Child::patroni)) {
        emit(SendSignal{Child::patroni, Signal::kill});
    }
    end_server(Signal::quit);
}

void Machine::end_server(Signal signal) {
    state_.step = Step::ending_server;
    state_.server_signal = signal;
    emit(SignalPostmaster{signal});
    emit(StartTimer{Timer::server_deadline, policy_.server_timeout});
}

void Machine::server_deadline_passed() {
    if (state_.step != Step::ending_server || !state_.postmaster) {
        return;
    }
    end_server(state_.server_signal == Signal::interrupt ? Signal::quit : Signal::kill);
}

void Machine::continue_after_server() {
    if (!state_.postmaster && !lives(Child::patroni)) {
        emit(CancelTimer{Timer::server_deadline});
        clear_orphans();
    }
}

// --- The agent ---

void Machine::start_agent() {
    state_.agent_reloading = false;
    spawn(Child::agent);
    emit(StartTimer{Timer::agent_silence, policy_.agent_start});
}

void Machine::agent_reported() {
    state_.agent_failures = 0;
    if (lives(Child::agent) && state_.stop == StopStage::none) {
        emit(StartTimer{Timer::agent_silence, policy_.agent_silence});
    }
}

void Machine::on(const AgentReported& /*unused*/) {
    agent_reported();
}

void Machine::on(const ReadinessTold& reported) {
    agent_reported();
    state_.readiness = reported.reason;
    if (state_.ready() && !state_.postmaster->announced) {
        state_.postmaster->announced = true;
        emit(AnnounceReady{});
    }
}

void Machine::on(const AgentFatal& fatal) {
    if (state_.stop == StopStage::none && state_.step != Step::held) {
        end(fatal.code, fatal.why);
    }
}

void Machine::agent_exited(const ChildExited& /*unused*/) {
    emit(CancelTimer{Timer::agent_silence});
    state_.readiness.reset();
    if (state_.step == Step::stopping) {
        return continue_stop();
    }
    if (state_.ending || state_.step == Step::held || state_.step == Step::finished) {
        return;
    }
    if (state_.agent_reloading) {
        return start_agent();
    }
    retry_agent();
}

void Machine::retry_agent() {
    if (state_.ending || state_.step == Step::held || state_.step == Step::finished) {
        return;
    }
    // At least a second: one that cannot be started must not keep PID 1 busy.
    emit(StartTimer{Timer::agent_restart, backoff(2 + state_.agent_failures++)});
}

}  // namespace citus_init::patroni::lifecycle
