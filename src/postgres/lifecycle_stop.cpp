#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "postgres/lifecycle_machine.h"

namespace citus_init::postgres::lifecycle {

void Machine::run(Step step, Child child) {
    state_.step = step;
    state_.alive.insert(child);
    emit(Spawn{child});
}

// --- Stopping ---

void Machine::on(const StopRequested& request) {
    state_.stop_requested = true;
    switch (state_.step) {
        case Step::running:
            return may_hold_traffic(request.mode) ? hold_traffic() : stop_server(request.mode);
        case Step::holding_traffic:
            // Asked twice: at once.
        case Step::server_starting:
            return stop_server(request.mode);
        case Step::stopping:
            return escalate(request.mode);
        case Step::aborting:
            return kill_everything();
        case Step::initdb:
        case Step::certificate:
        case Step::validation:
        case Step::bootstrap_starting:
        case Step::preparation:
        case Step::init_scripts:
            return abort(0, "stopped on request");
        case Step::bootstrap_stopping:
            // Nearly done: to let it finish is as quick as to throw it away.
            emit(StartTimer{Timer::stop_deadline, policy_.stop_timeout});
            return;
        case Step::clearing_orphans:
            if (!state_.ending) {
                state_.ending = end_after_crash();
            }
            emit(StartTimer{Timer::stop_deadline, policy_.stop_timeout});
            return;
        case Step::initial:
            return end(0, "stopped on request");
        case Step::waiting_to_restart:
            state_.ending = end_after_crash();
            return finish();
        case Step::held:
            return finish();
        case Step::finished:
            return;
    }
}

// A stop between a crash and the next start.
Finish Machine::end_after_crash() const {
    return {state_.last_crash.code,
            fmt::format("stopped on request before the next start: {}", state_.last_crash.why)};
}

bool Machine::may_hold_traffic(StopMode mode) const {
    return policy_.hold_timeout > Milliseconds(0) && mode == StopMode::fast && state_.prepared &&
           state_.alive.contains(Child::agent) && !state_.agent_reloading;
}

void Machine::hold_traffic() {
    state_.step = Step::holding_traffic;
    state_.hold_asked_at = now_;
    emit(HoldTraffic{});
    emit(StartTimer{Timer::hold_deadline, policy_.hold_timeout});
}

// Held or not, the server is stopped.
void Machine::end_hold() {
    if (state_.step == Step::holding_traffic) {
        stop_server(StopMode::fast);
    }
}

void Machine::on(const TrafficAnswered& /*unused*/) {
    end_hold();
}

void Machine::stop_server(StopMode mode) {
    Milliseconds left = policy_.stop_timeout;
    if (state_.step == Step::holding_traffic) {
        emit(CancelTimer{Timer::hold_deadline});
        left = std::max(left - (now_ - state_.hold_asked_at), Milliseconds(1));
    }

    state_.step = Step::stopping;
    state_.stop_mode = mode;
    const bool fast = mode == StopMode::fast;
    emit(SendSignal{Child::server, fast ? Signal::interrupt : Signal::quit});
    emit(StartTimer{Timer::stop_deadline, fast ? left : policy_.immediate_timeout});
    stop_agent();
}

// A second request of any kind means that the first was too slow; never a step back.
void Machine::escalate(StopMode /*unused*/) {
    if (state_.stop_mode == StopMode::fast) {
        stop_server(StopMode::immediate);
    }
}

void Machine::stop_deadline_passed() {
    switch (state_.step) {
        case Step::stopping:
            if (state_.stop_mode == StopMode::fast) {
                stop_server(StopMode::immediate);
            } else {
                emit(SendSignal{Child::server, Signal::kill});
            }
            return;
        case Step::bootstrap_stopping:
            return abort(0, "stopped on request");
        case Step::aborting:
            return kill_everything();
        case Step::clearing_orphans:
            if (state_.ending) {
                finish();  // what is left is in the kernel's hands (state D)
            }
            return;
        case Step::initial:
        case Step::initdb:
        case Step::certificate:
        case Step::validation:
        case Step::bootstrap_starting:
        case Step::preparation:
        case Step::init_scripts:
        case Step::server_starting:
        case Step::running:
        case Step::holding_traffic:
        case Step::waiting_to_restart:
        case Step::held:
        case Step::finished:
            return;
    }
}

// --- Giving a bootstrap up ---

void Machine::abort(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    state_.step = Step::aborting;
    for (const Child child : state_.alive) {
        // The bootstrap server's data is thrown away, so nothing is gained by a checkpoint.
        const bool server = child == Child::bootstrap_server;
        emit(SendSignal{child, server ? Signal::quit : Signal::terminate});
    }
    emit(StartTimer{Timer::stop_deadline, policy_.immediate_timeout});
    abort_when_alone();
}

void Machine::abort_when_alone() {
    if (state_.alive.empty()) {
        emit(CancelTimer{Timer::stop_deadline});
        emit(EndOrphans{.kill = true});
    }
}

void Machine::finish_abort() {
    if (state_.bootstrapping) {
        emit(DiscardBootstrap{});
        state_.bootstrapping = false;
    }
    finish();
}

void Machine::kill_everything() {
    for (const Child child : state_.alive) {
        emit(SendSignal{child, Signal::kill});
    }
}

// --- The end ---

void Machine::end(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    finish();
}

void Machine::finish() {
    if (policy_.hold_on_fatal && state_.ending->code != 0 && !state_.stop_requested) {
        state_.step = Step::held;
        emit(CancelTimer{Timer::stop_deadline});  // nothing is being stopped any more
        return;
    }
    state_.step = Step::finished;
    emit(*state_.ending);
}

// --- The agent ---

void Machine::start_agent() {
    state_.alive.insert(Child::agent);
    state_.agent_reloading = false;
    state_.agent_suspected = false;
    emit(Spawn{Child::agent});
    emit(StartTimer{Timer::agent_silence, policy_.agent_silence});
    if (!state_.prepared) {
        emit(StartTimer{Timer::agent_deadline, policy_.agent_timeout});
    }
}

void Machine::stop_agent() {
    emit(CancelTimer{Timer::agent_restart});
    emit(CancelTimer{Timer::agent_deadline});
    emit(CancelTimer{Timer::agent_silence});
    if (state_.alive.contains(Child::agent)) {
        emit(SendSignal{Child::agent, Signal::terminate});
    }
}

void Machine::agent_exited(const ChildExited& exited) {
    emit(CancelTimer{Timer::agent_deadline});
    emit(CancelTimer{Timer::agent_silence});
    if (state_.step == Step::aborting) {
        return abort_when_alone();
    }
    if (state_.step == Step::holding_traffic) {
        return end_hold();
    }
    if (state_.step != Step::running) {
        return;
    }
    if (state_.agent_reloading) {
        return start_agent();
    }
    // Without Citus it may have nothing more to do, and says so by leaving.
    const bool done = exited.shell_code == 0 && state_.ready(policy_);
    if (!done) {
        retry_agent();
    }
}

void Machine::retry_agent() {
    emit(StartTimer{Timer::agent_restart, backoff(Milliseconds(1'000), state_.agent_failures++)});
}

void Machine::on(const AgentPrepared& /*unused*/) {
    if (state_.step != Step::running || state_.prepared) {
        return;
    }
    state_.prepared = true;
    state_.agent_failures = 0;
    emit(CancelTimer{Timer::agent_deadline});
    if (policy_.agent_gates_readiness && state_.ready(policy_)) {
        emit(AnnounceReady{});
    }
}

void Machine::on(const AgentAlive& /*unused*/) {
    if (!state_.alive.contains(Child::agent) || state_.agent_reloading) {
        return;
    }
    state_.agent_suspected = false;
    state_.agent_silent = false;
    emit(StartTimer{Timer::agent_silence, policy_.agent_silence});
}

// Its reports, if it lives, come before the second expiry.
void Machine::agent_silence_expired() {
    if (!state_.alive.contains(Child::agent)) {
        return;
    }
    if (!std::exchange(state_.agent_suspected, true)) {
        emit(StartTimer{Timer::agent_silence, policy_.agent_last_chance});
        return;
    }
    state_.agent_silent = true;
    emit(SendSignal{Child::agent, Signal::kill});
}

void Machine::on(const AgentFatal& fatal) {
    if (state_.step == Step::running) {
        state_.ending = Finish{fatal.code, fatal.why};
        stop_server(StopMode::fast);
    }
}

void Machine::on(const BootstrapFailed& failed) {
    if (state_.step == Step::running || state_.step == Step::server_starting) {
        state_.ending = Finish{failed.code, failed.why};
        stop_server(StopMode::fast);
    } else if (state_.bootstrapping && state_.step != Step::aborting &&
               state_.step != Step::finished && state_.step != Step::held) {
        abort(failed.code, failed.why);
    }
}

void Machine::on(const ReloadRequested& /*unused*/) {
    if (state_.step != Step::running && state_.step != Step::server_starting) {
        return;  // whatever starts next reads the settings anew
    }
    emit(ReloadSettings{});
    if (state_.alive.contains(Child::agent)) {
        // The silence goes on counting: one that does not end for it is killed.
        state_.agent_reloading = true;
        emit(SendSignal{Child::agent, Signal::terminate});
    }
}

// --- Timers ---

void Machine::on(const TimerExpired& expired) {
    switch (expired.timer) {
        case Timer::start_deadline:
            return start_deadline_passed();
        case Timer::stop_deadline:
            return stop_deadline_passed();
        case Timer::restart_delay:
            if (state_.step == Step::waiting_to_restart) {
                start_server();
            }
            return;
        case Timer::healthy:
            state_.backoff_exponent = 0;
            return;
        case Timer::agent_restart:
            if (state_.step == Step::running && !state_.alive.contains(Child::agent)) {
                start_agent();
            }
            return;
        case Timer::hold_deadline:
            return end_hold();
        case Timer::agent_silence:
            return agent_silence_expired();
        case Timer::agent_deadline:
            if (state_.alive.contains(Child::agent)) {
                emit(SendSignal{Child::agent, Signal::kill});
            }
            return;
    }
}

Milliseconds Machine::backoff(Milliseconds first, int exponent) {
    constexpr Milliseconds kLongest{30'000};
    constexpr int kEnough = 15;  // further doubling would only overflow
    return std::min(first * (1 << std::min(exponent, kEnough)), kLongest);
}

}  // namespace citus_init::postgres::lifecycle
