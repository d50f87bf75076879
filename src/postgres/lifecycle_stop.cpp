#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "postgres/lifecycle_reaction.h"

namespace citus_init::postgres::lifecycle {

// --- Stopping ---

void Reaction::on(const StopRequested& request) {
    const bool is_first = !std::exchange(state_.stop_requested, true);
    switch (state_.step) {
        case Step::running:
            return may_hold_traffic(request.mode) ? hold_traffic() : stop_server(request.mode);
        case Step::holding_traffic:
            // Asked twice: at once.
        case Step::server_starting:
            return stop_server(request.mode);
        case Step::stopping:
            return stop_requested_again(request.mode, is_first);
        case Step::aborting:
            return kill_everything();
        case Step::upgrade:
        case Step::restore:
        case Step::initdb:
        case Step::certificate:
        case Step::validation:
        case Step::single_user:
        case Step::bootstrap_starting:
        case Step::preparation:
        case Step::init_scripts:
            return abort(0, "stopped on request");
        case Step::bootstrap_stopping:
        case Step::bootstrap_syncing:
            return bootstrap_stop_requested(is_first);
        case Step::clearing_orphans:
            return orphans_stop_requested();
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

// The first request may find a stop under way that nobody has asked for. Any other one means that
// the first was too slow.
void Reaction::stop_requested_again(StopMode mode, bool is_first) {
    if (state_.stop < StopStage::quit && (!is_first || mode == StopMode::immediate)) {
        enter(escalated(state_.stop));
    }
}

// Nearly done: to let it finish is as quick as to throw it away. Another request does not make it
// last longer.
void Reaction::bootstrap_stop_requested(bool is_first) {
    if (is_first) {
        start_timer(Timer::stop_deadline, policy_.stop_timeout);
    }
}

// Where it is on its way out already, its deadline stays.
void Reaction::orphans_stop_requested() {
    if (!state_.ending) {
        state_.ending = end_after_crash();
        start_timer(Timer::stop_deadline, policy_.stop_timeout);
    }
}

// A signal that came before the server had its handlers ends it by the default action; what it
// leaves is as clean as it was found. Only pg_control is proof: the postmaster exits with 0 after
// an immediate shutdown, too.
Finish Reaction::end_of_stop(const ChildExited& exited) {
    if (exited.shut_down_clean) {
        return {0, "stopped on request"};
    }
    return {exited.shell_code == 0 ? 1 : exited.shell_code,
            fmt::format("stopped on request, but the server did not shut down cleanly ({}): it "
                        "recovers at its next start",
                        exited.why)};
}

// A stop between a crash and the next start.
Finish Reaction::end_after_crash() const {
    return {state_.last_crash.code,
            fmt::format("stopped on request before the next start: {}", state_.last_crash.why)};
}

bool Reaction::may_hold_traffic(StopMode mode) const {
    return policy_.hold_timeout > Milliseconds(0) && mode == StopMode::fast && state_.prepared &&
           lives(Child::agent) && !state_.agent.reloading;
}

void Reaction::hold_traffic() {
    state_.step = Step::holding_traffic;
    state_.stop_began = now_;
    emit(HoldTraffic{});
    start_timer(Timer::hold_deadline, policy_.hold_timeout);
}

// Held or not, the server is stopped.
void Reaction::end_hold() {
    if (state_.step == Step::holding_traffic) {
        stop_server(StopMode::fast);
    }
}

void Reaction::stop_server(StopMode mode) {
    if (state_.step == Step::holding_traffic) {
        cancel(Timer::hold_deadline);
    } else {
        state_.stop_began = now_;
    }
    state_.step = Step::stopping;
    enter(stage_of(mode));
    cancel(Timer::agent_deadline);
    stop_agent();
}

void Reaction::enter(StopStage stage) {
    state_.stop = stage;
    send(Child::server, signal_of(stage));
    if (stage == StopStage::interrupt) {
        const Milliseconds left = policy_.stop_timeout - (now_ - state_.stop_began);
        start_timer(Timer::stop_deadline, std::max(left, Milliseconds(1)));
    } else if (stage == StopStage::quit) {
        start_timer(Timer::stop_deadline, policy_.immediate_timeout);
    }
}

void Reaction::stop_deadline_passed() {
    switch (state_.step) {
        case Step::stopping:
            return enter(state_.stop == StopStage::interrupt ? StopStage::quit : StopStage::kill);
        case Step::bootstrap_stopping:
        case Step::bootstrap_syncing:
            return abort(0, "stopped on request");
        case Step::aborting:
            // A leftover that even SIGKILL has not ended is in the kernel's hands (state D).
            return state_.alive.empty() ? finish_abort() : kill_everything();
        case Step::clearing_orphans:
            if (state_.ending) {
                finish();  // what is left is in the kernel's hands (state D)
            }
            return;
        case Step::initial:
        case Step::upgrade:
        case Step::restore:
        case Step::initdb:
        case Step::certificate:
        case Step::validation:
        case Step::single_user:
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

void Reaction::abort(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    state_.step = Step::aborting;
    for (const Child child : state_.alive) {
        // The bootstrap server's data is thrown away, so nothing is gained by a checkpoint.
        const bool server = child == Child::bootstrap_server;
        send(child, server ? Signal::quit : Signal::terminate);
    }
    start_timer(Timer::stop_deadline, policy_.immediate_timeout);
    abort_when_alone();
}

void Reaction::abort_when_alone() {
    if (state_.alive.empty()) {
        emit(EndOrphans{.kill = true});
        start_timer(Timer::stop_deadline, policy_.immediate_timeout);
    }
}

void Reaction::finish_abort() {
    if (state_.bootstrapping) {
        emit(DiscardBootstrap{});
        state_.bootstrapping = false;
    }
    finish();
}

void Reaction::kill_everything() {
    for (const Child child : state_.alive) {
        send(child, Signal::kill);
    }
}

void Reaction::end(int code, std::string why) {
    state_.ending = Finish{code, std::move(why)};
    finish();
}

// --- What the agent or an effect ends it with ---

void Reaction::on(const AgentFatal& fatal) {
    if (state_.step == Step::running) {
        state_.ending = Finish{fatal.code, fatal.why};
        stop_server(StopMode::fast);
    }
}

void Reaction::on(const BootstrapFailed& failed) {
    if (state_.step == Step::running || state_.step == Step::server_starting) {
        state_.ending = Finish{failed.code, failed.why};
        stop_server(StopMode::fast);
    } else if (state_.bootstrapping && state_.step != Step::aborting &&
               state_.step != Step::finished && state_.step != Step::held) {
        abort(failed.code, failed.why);
    }
}

}  // namespace citus_init::postgres::lifecycle
