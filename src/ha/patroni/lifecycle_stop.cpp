#include <algorithm>
#include <utility>

#include "ha/patroni/lifecycle_reaction.h"

namespace citus_init::patroni::lifecycle {

void Reaction::on(const StopRequested& request) {
    const bool is_first = !std::exchange(state_.stop_requested, true);
    if (state_.step == Step::clearing_orphans && state_.ending) {
        return;  // nearly done
    }
    switch (state_.step) {
        case Step::stopping:
            // The first one may find a stop that nobody has asked for.
            return is_first && request.mode == StopMode::fast ? void() : escalate();
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
            return finish_stop();
        case Step::finished:
            return;
    }
}

// --- Stopping ---

void Reaction::end(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    stop(StopMode::fast);
}

void Reaction::stop(StopMode mode) {
    state_.step = Step::stopping;
    state_.stop_began = now_;
    state_.server_to_stop = state_.postmaster.has_value();
    cancel(Timer::restart_delay);
    cancel(Timer::server_deadline);
    send(Child::certificate, Signal::terminate);
    send(Child::dcs_wait, Signal::terminate);
    stop_agent();
    state_.stop_at_once = mode == StopMode::immediate;
    enter(mode == StopMode::fast ? StopStage::asked : StopStage::quit);
}

// A second request of any kind means that the first was too slow.
void Reaction::escalate() {
    if (!state_.stop_at_once) {
        state_.stop_at_once = true;
        enter(escalated(state_.stop));
    }
}

void Reaction::enter(StopStage stage) {
    state_.stop = stage;
    const bool asks_patroni = stage == StopStage::asked || stage == StopStage::quit;
    if (state_.postmaster && (stage == StopStage::interrupt || stage == StopStage::quit)) {
        emit(SignalPostmaster{signal_of(stage)});
    }
    if (state_.creating && stage == StopStage::asked) {
        emit(TerminateCreation{});
    }
    if (asks_patroni) {
        // After the end of the server it gives the leader key away. One that was stopped by
        // SIGSTOP takes the SIGTERM once it goes on.
        send(Child::patroni, Signal::terminate);
        send(Child::patroni, Signal::resume);
    }
    if (stage == StopStage::kill) {
        emit(KillEverything{});
    }
    set_stop_deadline();
    continue_stop();
}

// When the stage that comes next is due, from the beginning of the stop: never later than before.
void Reaction::set_stop_deadline() {
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
    if ((state_.stop > StopStage::asked || state_.creating) && !state_.postmaster) {
        // A Patroni that does not respond would soon start the server anew; one whose copy has
        // ended would begin another.
        due = std::min(due, policy_.immediate_timeout);
    }
    start_timer(Timer::stop_deadline, std::max(due, Milliseconds(1)));
}

void Reaction::stop_deadline_passed() {
    const bool stops = state_.stop != StopStage::none && state_.stop != StopStage::kill;
    if (state_.step == Step::clearing_orphans && stops) {
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
            return finish_stop();  // what is left is in the kernel's hands (state D)
    }
}

// After each end of something.
void Reaction::continue_stop() {
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
            start_timer(Timer::stop_deadline,
                        std::clamp(left / 2, Milliseconds(1), policy_.immediate_timeout));
        }
        return;
    }
    for (const Child child : state_.alive) {
        send(child, Signal::kill);
    }
}

// Patroni was just about to start it; or it does not respond, and has put it in the place of the
// one that was stopped.
void Reaction::stop_late_server() {
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
            send(Child::patroni, Signal::kill);
            emit(SignalPostmaster{signal_of(state_.stop)});
            break;
        case StopStage::kill:
            emit(KillEverything{});
            break;
    }
    set_stop_deadline();
}

void Reaction::on(const AgentFatal& fatal) {
    if (state_.stop == StopStage::none && state_.step != Step::held) {
        end(fatal.code, fatal.why);
    }
}

void Reaction::finish_stop() {
    // Only pg_control is proof: the postmaster ends with 0 after an immediate shutdown, too.
    const bool unclean = state_.postmaster ||
                         (state_.server_to_stop && !state_.server_ended.clean) ||
                         (state_.server_has_ended && !state_.server_ended.clean);
    if (state_.ending->code == 0 && unclean) {
        const int code = state_.postmaster ? 137 : state_.server_ended.shell_code;
        state_.ending = Finish{code == 0 ? 1 : code, "the server did not shut down cleanly"};
    }
    finish(!state_.postmaster);
}

}  // namespace citus_init::patroni::lifecycle
