#include <algorithm>

#include "patroni/lifecycle_machine.h"

namespace citus_init::patroni::lifecycle {

// --- Requests ---

void Machine::on(const StopRequested& request) {
    state_.stop_requested = true;
    if (state_.step == Step::clearing_orphans && state_.ending) {
        return;  // nearly done
    }
    switch (state_.step) {
        case Step::stopping:
            return escalate();
        case Step::initial:
        case Step::certificate:
        case Step::dcs_wait:
        case Step::supervising:
        case Step::exit_diagnosis:
        case Step::waiting_to_restart:
        case Step::ending_server:
        case Step::clearing_orphans:
            state_.ending = Finish{0, "stopped on request"};
            return stop(request.mode);
        case Step::held:
            return finish();
        case Step::finished:
            return;
    }
}

void Machine::on(const ReloadRequested& /*unused*/) {
    // Where Patroni has not been started yet, whatever starts next reads the settings anew.
    const bool has_begun =
        state_.step == Step::supervising || state_.step == Step::exit_diagnosis ||
        state_.step == Step::clearing_orphans || state_.step == Step::waiting_to_restart ||
        state_.step == Step::ending_server;
    if (!has_begun || state_.ending) {
        return;
    }
    emit(ReloadSettings{});
    if (state_.plan.certificate && !lives(Child::certificate)) {
        spawn(Child::certificate);
    } else if (lives(Child::patroni)) {
        emit(SendSignal{Child::patroni, Signal::hangup});
    }
    if (lives(Child::agent)) {
        state_.agent_reloading = true;
        emit(SendSignal{Child::agent, Signal::terminate});
    }
}

// --- Stopping ---

void Machine::end(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    stop(StopMode::fast);
}

void Machine::stop(StopMode mode) {
    state_.step = Step::stopping;
    state_.stop_began = now_;
    state_.server_to_stop = state_.postmaster.has_value();
    for (const Timer timer : {Timer::restart_delay, Timer::server_deadline, Timer::agent_restart,
                              Timer::agent_silence}) {
        emit(CancelTimer{timer});
    }
    for (const Child child : {Child::certificate, Child::dcs_wait, Child::agent}) {
        if (lives(child)) {
            emit(SendSignal{child, Signal::terminate});
        }
    }
    state_.stop_at_once = mode == StopMode::immediate;
    enter(mode == StopMode::fast ? StopStage::asked : StopStage::quit);
}

// A second request of any kind means that the first was too slow.
void Machine::escalate() {
    if (!state_.stop_at_once) {
        state_.stop_at_once = true;
        enter(std::max(state_.stop, StopStage::quit));
    }
}

void Machine::enter(StopStage stage) {
    state_.stop = stage;
    const bool asks_patroni = stage == StopStage::asked || stage == StopStage::quit;
    if (state_.postmaster && stage == StopStage::interrupt) {
        emit(SignalPostmaster{Signal::interrupt});
    }
    if (state_.postmaster && stage == StopStage::quit) {
        emit(SignalPostmaster{Signal::quit});
    }
    if (asks_patroni && lives(Child::patroni)) {
        // After the end of the server it gives the leader key away. One that was stopped by
        // SIGSTOP takes the SIGTERM once it goes on.
        emit(SendSignal{Child::patroni, Signal::terminate});
        emit(SendSignal{Child::patroni, Signal::resume});
    }
    if (stage == StopStage::kill) {
        emit(KillEverything{});
    }
    set_stop_timer();
    continue_stop();
}

// When the stage that comes next is due, from the beginning of the stop: never later than before.
void Machine::set_stop_timer() {
    const auto share = [this](int percent) { return policy_.stop_timeout * percent / 100; };
    const Milliseconds passed = now_ - state_.stop_began;
    Milliseconds due{0};
    switch (state_.stop) {
        case StopStage::none:
            return;
        case StopStage::asked:
            due = share(50) - passed;
            break;
        case StopStage::interrupt:
            due = share(75) - passed;
            break;
        case StopStage::quit:
            due = share(95) - passed;
            due = state_.stop_at_once ? std::min(due, policy_.immediate_timeout) : due;
            break;
        case StopStage::kill:
            due = std::min(share(100) - passed, policy_.immediate_timeout);
            break;
    }
    if (state_.stop > StopStage::asked && !state_.postmaster) {
        // A Patroni that did not hear would soon start the server anew.
        due = std::min(due, policy_.immediate_timeout);
    }
    emit(StartTimer{Timer::stop_stage, std::max(due, Milliseconds(1))});
}

void Machine::stop_stage_passed() {
    if (state_.step == Step::clearing_orphans && state_.stop != StopStage::kill) {
        return enter(StopStage::kill);
    }
    switch (state_.stop) {
        case StopStage::none:
            return;
        case StopStage::asked:
            return enter(StopStage::interrupt);
        case StopStage::interrupt:
            return enter(state_.postmaster ? StopStage::quit : StopStage::kill);
        case StopStage::quit:
            return enter(StopStage::kill);
        case StopStage::kill:
            return finish();  // what is left is in the kernel's hands (state D)
    }
}

// After each end of something.
void Machine::continue_stop() {
    if (state_.step != Step::stopping) {
        return;
    }
    if (lives(Child::patroni)) {
        return;
    }
    if (state_.postmaster) {
        // In pause, or when it died, Patroni leaves it behind.
        if (state_.stop == StopStage::asked) {
            enter(StopStage::interrupt);
        }
        return;
    }
    if (state_.alive.empty()) {
        state_.step = Step::clearing_orphans;
        emit(EndOrphans{.kill = state_.stop >= StopStage::quit});
        if (state_.stop != StopStage::kill) {
            const Milliseconds left = policy_.stop_timeout - (now_ - state_.stop_began);
            emit(StartTimer{Timer::stop_stage,
                            std::clamp(left / 2, Milliseconds(1), policy_.immediate_timeout)});
        }
        return;
    }
    for (const Child child : state_.alive) {
        emit(SendSignal{child, Signal::kill});
    }
}

// Patroni was just about to start it; or it does not hear, and has put it in the place of the one
// that was stopped.
void Machine::stop_late_server() {
    if (state_.step != Step::stopping && state_.step != Step::clearing_orphans &&
        state_.step != Step::held) {
        return;
    }
    state_.step = Step::stopping;
    state_.server_to_stop = true;
    switch (state_.stop) {
        case StopStage::none:
            return;
        case StopStage::asked:
            return continue_stop();
        case StopStage::interrupt:
        case StopStage::quit:
            if (lives(Child::patroni)) {
                emit(SendSignal{Child::patroni, Signal::kill});
            }
            emit(SignalPostmaster{state_.stop == StopStage::quit ? Signal::quit
                                                                 : Signal::interrupt});
            break;
        case StopStage::kill:
            emit(KillEverything{});
            break;
    }
    set_stop_timer();
}

void Machine::finish() {
    emit(CancelTimer{Timer::stop_stage});
    // Only pg_control is proof: the postmaster ends with 0 after an immediate shutdown, too.
    const bool unclean = state_.postmaster ||
                         (state_.server_to_stop && !state_.server_ended.clean) ||
                         (state_.server_has_ended && !state_.server_ended.clean);
    if (state_.ending->code == 0 && unclean) {
        const int code = state_.postmaster ? 137 : state_.server_ended.shell_code;
        state_.ending = Finish{code == 0 ? 1 : code, "the server did not shut down cleanly"};
    }
    if (policy_.hold_on_fatal && state_.ending->code != 0 && !state_.stop_requested &&
        !state_.postmaster) {
        state_.step = Step::held;
        return;
    }
    state_.step = Step::finished;
    emit(*state_.ending);
}

// --- Timers ---

void Machine::on(const TimerExpired& expired) {
    switch (expired.timer) {
        case Timer::stop_stage:
            if (state_.step == Step::stopping || state_.step == Step::clearing_orphans) {
                stop_stage_passed();
            }
            return;
        case Timer::restart_delay:
            if (state_.step == Step::waiting_to_restart) {
                start_patroni();
            }
            return;
        case Timer::server_deadline:
            return server_deadline_passed();
        case Timer::agent_restart:
            if (!state_.ending && !lives(Child::agent)) {
                start_agent();
            }
            return;
        case Timer::agent_silence:
            if (lives(Child::agent)) {
                emit(Warn{"the agent does not report any more: it is killed and started again"});
                emit(SendSignal{Child::agent, Signal::kill});
            }
            return;
    }
}

}  // namespace citus_init::patroni::lifecycle
