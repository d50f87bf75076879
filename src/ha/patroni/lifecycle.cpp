#include "citus_init/ha/patroni/lifecycle.h"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "citus_init/ha/patroni/rest_answers.h"

#include "ha/patroni/lifecycle_reaction.h"

namespace citus_init::patroni::lifecycle {

namespace {

constexpr int kIncomplete = 65;
constexpr int kOtherCluster = 76;

}  // namespace

bool State::ready() const {
    return step == Step::supervising && postmaster && readiness && readiness->empty();
}

Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy) {
    return react<Reaction>(state, event, now, policy);
}

// --- The way up ---

void Reaction::on(const Started& started) {
    state_.plan = started.plan;
    make_certificate();
}

void Reaction::make_certificate() {
    if (state_.plan.certificate) {
        state_.step = Step::certificate;
        spawn(Child::certificate);
    } else {
        wait_for_dcs();
    }
}

void Reaction::wait_for_dcs() {
    if (state_.plan.dcs_wait) {
        state_.step = Step::dcs_wait;
        spawn(Child::dcs_wait);
    } else {
        start_patroni();
    }
}

void Reaction::start_patroni() {
    state_.step = Step::supervising;
    state_.patroni_started = now_;
    spawn(Child::patroni);
    if (!lives(Child::agent)) {
        spawn_agent();
    }
}

// --- Reports, requests, timers ---

void Reaction::on(const ReadinessReported& reported) {
    agent_reported();
    state_.readiness = reported.reason;
    if (state_.ready() && !state_.postmaster->announced) {
        state_.postmaster->announced = true;
        emit(AnnounceReady{});
    }
}

void Reaction::on(const ReloadRequested& /*unused*/) {
    const bool is_too_early = state_.step == Step::certificate || state_.step == Step::dcs_wait;
    if (is_too_early && !state_.ending) {  // the wait may take hours
        return warn(
            "received SIGHUP: nothing is read again before Patroni runs. Send it once more then");
    }
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
    } else {
        send(Child::patroni, Signal::hangup);
    }
    reload_agent();
}

void Reaction::on(const TimerExpired& expired) {
    switch (expired.timer) {
        case Timer::stop_deadline:
            if (state_.step == Step::stopping || state_.step == Step::clearing_orphans) {
                stop_deadline_passed();
            }
            return;
        case Timer::restart_delay:
            if (state_.step == Step::waiting_to_restart) {
                guard_without_patroni() ? void() : start_patroni();
            }
            return;
        case Timer::server_deadline:
            return server_deadline_passed();
        case Timer::agent_restart:
            if (may_run_agent() && !lives(Child::agent)) {
                spawn_agent();
            }
            return;
        case Timer::agent_silence:
            return agent_silence_expired();
    }
}

// --- Ends of processes ---

void Reaction::on(const ChildExited& exited) {
    state_.alive.erase(exited.child);
    switch (exited.child) {
        case Child::certificate:
            return certificate_exited(exited);
        case Child::dcs_wait:
            return dcs_wait_exited(exited);
        case Child::patroni:
            return patroni_exited(exited);
        case Child::agent:
            return agent_exited();
    }
}

void Reaction::certificate_exited(const ChildExited& exited) {
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (state_.step != Step::certificate) {  // it was made anew for a reload
        if (exited.shell_code != 0) {
            warn(fmt::format("the certificate stays as it was: {} failed with {}",
                             child_name(exited.child), exited.why));
        }
        return send(Child::patroni, Signal::hangup);
    }
    if (exited.shell_code != 0) {
        return end(exited.shell_code,
                   fmt::format("{} failed with {}", child_name(exited.child), exited.why));
    }
    wait_for_dcs();
}

void Reaction::dcs_wait_exited(const ChildExited& exited) {
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (exited.shell_code != 0) {
        return end(exited.shell_code,
                   fmt::format("{} failed with {}; its own messages above say why",
                               child_name(exited.child), exited.why));
    }
    if (state_.restores) {
        return end(0, "restoring the group from the repository before Patroni starts");
    }
    start_patroni();
}

void Reaction::patroni_exited(const ChildExited& exited) {
    switch (state_.step) {
        case Step::supervising:
            break;
        case Step::ending_server:
            return continue_after_server();
        case Step::stopping:
            return continue_stop();
        case Step::initial:
        case Step::certificate:
        case Step::dcs_wait:
        case Step::exit_diagnosis:
        case Step::clearing_orphans:
        case Step::waiting_to_restart:
        case Step::held:
        case Step::finished:
            return;
    }
    const Milliseconds lived = now_ - state_.patroni_started;
    if (lived >= policy_.short_life) {
        state_.patroni_failures = 0;
        if (state_.unanswered == 0) {
            // It did its work, even where nobody has asked it meanwhile.
            state_.last_alive = std::max(state_.last_alive, now_ - policy_.agent.longest_silence());
        }
    }
    state_.exit_code = exited.shell_code;
    note_failure(fmt::format("Patroni ended with {}", exited.why));
    state_.step = Step::exit_diagnosis;
    emit(ReadExitDiagnosis{});
}

void Reaction::agent_exited() {
    cancel(Timer::agent_silence);
    state_.readiness.reset();
    if (state_.step == Step::stopping) {
        return continue_stop();
    }
    if (may_run_agent()) {
        state_.agent.reloading ? spawn_agent() : retry_agent();
    }
}

bool Reaction::may_run_agent() const {
    return !state_.ending && state_.step != Step::held && state_.step != Step::finished;
}

void Reaction::note_failure(std::string why) {
    state_.last_failure = std::move(why);
    ++state_.patroni_failures;
}

void Reaction::on(const ExitDiagnosis& diagnosis) {
    if (state_.step != Step::exit_diagnosis) {
        return;
    }
    if (state_.exit_code != 0 && !diagnosis.text.empty()) {
        state_.last_failure += ": " + diagnosis.text;
    }
    warn(state_.last_failure);
    if (diagnosis.cause == ExitCause::other_cluster) {
        return end(kOtherCluster,
                   fmt::format("{}. This data directory is not one of this cluster's group: give "
                               "the member its own, or an empty one",
                               state_.last_failure));
    }
    if (diagnosis.incomplete && !state_.postmaster) {
        return end(
            kIncomplete,
            fmt::format("{}. The bootstrap failed and left an incomplete data directory, "
                        "which Patroni could not move away and would take for a whole one "
                        "at the next start. Move it away, and let the server's user write to "
                        "the directory above it",
                        state_.last_failure));
    }
    if (diagnosis.interrupted) {
        return end(kIncomplete, fmt::format("{}. It ended in the middle of a bootstrap: the next "
                                            "start sets the data directory aside, if it is "
                                            "incomplete, and begins anew",
                                            state_.last_failure));
    }
    if (policy_.old_patroni && state_.postmaster && state_.postmaster->primary && !state_.paused) {
        warn(
            "the server is stopped before Patroni starts again: this Patroni would forget "
            "synchronous replication over a running primary");
        return end_server(Signal::interrupt);
    }
    guard_without_patroni() ? void() : clear_orphans();
}

void Reaction::clear_orphans() {
    state_.step = Step::clearing_orphans;
    emit(EndOrphans{.kill = true});
}

void Reaction::on(const OrphansGone& /*unused*/) {
    if (state_.step != Step::clearing_orphans) {
        return;
    }
    if (state_.ending) {
        finish_stop();
    } else {
        restart();
    }
}

// The first time at once, then after 1, 2, 4 ... 30 s; over a primary that needs it, no later than
// that has to end.
void Reaction::restart() {
    constexpr Milliseconds kFirst{1'000};
    constexpr Milliseconds kShortest{1};
    ++state_.restarts;
    if (state_.patroni_failures <= 1) {
        return start_patroni();
    }
    state_.step = Step::waiting_to_restart;
    Milliseconds delay = backoff(kFirst, state_.patroni_failures - 2);
    if (needs_patroni()) {
        const Milliseconds left = state_.last_alive + policy_.answer_timeout - now_;
        delay = std::clamp(left + kShortest, kShortest, delay);
    }
    start_timer(Timer::restart_delay, delay);
}

void Reaction::on(const SpawnFailed& failed) {
    state_.alive.erase(failed.child);
    if (failed.child == Child::agent) {
        return may_run_agent() ? retry_agent() : void();
    }
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (failed.child == Child::certificate && state_.step != Step::certificate) {
        warn(failed.why);
        return;
    }
    if (failed.child == Child::patroni && state_.restarts > 0 && failed.code != kIncomplete) {
        // The pids cgroup may be full for a while: no reason to end a member that has run before.
        note_failure(failed.why);
        warn(failed.why);
        return guard_without_patroni() ? void() : clear_orphans();
    }
    end(failed.code, failed.why);
}

// --- The server, as it is seen ---

// How the server ended whose data Patroni replaces matters to nobody.
void Reaction::on(const CreationSeen& seen) {
    state_.creating = seen.creating;
    if (!seen.creating) {
        return;
    }
    state_.server_has_ended = false;
    if (state_.stop == StopStage::asked && state_.step == Step::stopping) {
        emit(TerminateCreation{});
        set_stop_deadline();
    }
}

void Reaction::on(const PostmasterSeen& seen) {
    const bool is_new = !state_.postmaster;
    if (is_new) {
        state_.postmaster = Postmaster{};
        state_.server_has_ended = false;
    }
    state_.creating = false;
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
    state_.readiness.reset();  // it was that server's
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
    return has_patroni && !state_.ending && needs_patroni() && !is_being_made(state_.patroni_state);
}

bool Reaction::is_unguarded() const {
    return now_ - state_.last_alive > policy_.answer_timeout;
}

// A primary that only Patroni would demote.
bool Reaction::needs_patroni() const {
    return state_.armed && !state_.paused && state_.postmaster && state_.postmaster->primary;
}

// Patroni does not run, which PID 1 knows without an agent. Whether the primary is ended.
bool Reaction::guard_without_patroni() {
    const bool must_end = needs_patroni() && is_unguarded();
    if (must_end) {
        guard("Patroni does not run");
    }
    return must_end;
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

// --- Names ---

const char* child_name(Child child) {
    switch (child) {
        case Child::certificate:
            return "the making of the certificate";
        case Child::dcs_wait:
            return "the wait for the configuration store";
        case Child::patroni:
            return "Patroni";
        case Child::agent:
            return "the agent";
    }
    return "unknown";
}

const char* step_name(Step step) {
    switch (step) {
        case Step::initial:
            return "initial";
        case Step::certificate:
            return "certificate";
        case Step::dcs_wait:
            return "dcs_wait";
        case Step::supervising:
            return "supervising";
        case Step::exit_diagnosis:
            return "exit_diagnosis";
        case Step::clearing_orphans:
            return "clearing_orphans";
        case Step::waiting_to_restart:
            return "waiting_to_restart";
        case Step::ending_server:
            return "ending_server";
        case Step::stopping:
            return "stopping";
        case Step::held:
            return "held";
        case Step::finished:
            return "finished";
    }
    return "unknown";
}

}  // namespace citus_init::patroni::lifecycle
