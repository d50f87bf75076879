#include "citus_init/patroni/lifecycle.h"

#include <algorithm>

#include <fmt/core.h>

#include "patroni/lifecycle_machine.h"

namespace citus_init::patroni::lifecycle {

namespace {

constexpr int kCannotSpawn = 71;
constexpr int kIncomplete = 65;
constexpr int kOtherCluster = 76;

}  // namespace

bool State::ready() const {
    return step == Step::supervising && postmaster && readiness && readiness->empty();
}

Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy) {
    Machine machine(state, now, policy);
    std::visit([&machine](const auto& happened) { machine.on(happened); }, event);
    return machine.take();
}

void Machine::spawn(Child child) {
    state_.alive.insert(child);
    emit(Spawn{child});
}

// --- The way up ---

void Machine::on(const Started& started) {
    state_.plan = started.plan;
    make_certificate();
}

void Machine::make_certificate() {
    if (state_.plan.certificate) {
        state_.step = Step::certificate;
        spawn(Child::certificate);
    } else {
        wait_for_dcs();
    }
}

void Machine::wait_for_dcs() {
    if (state_.plan.dcs_wait) {
        state_.step = Step::dcs_wait;
        spawn(Child::dcs_wait);
    } else {
        start_patroni();
    }
}

void Machine::start_patroni() {
    state_.step = Step::supervising;
    state_.patroni_started = now_;
    spawn(Child::patroni);
    if (!lives(Child::agent)) {
        start_agent();
    }
}

// --- Ends of processes ---

void Machine::on(const ChildExited& exited) {
    state_.alive.erase(exited.child);
    switch (exited.child) {
        case Child::certificate:
            return certificate_exited(exited);
        case Child::dcs_wait:
            return dcs_wait_exited(exited);
        case Child::patroni:
            return patroni_exited(exited);
        case Child::agent:
            return agent_exited(exited);
    }
}

void Machine::certificate_exited(const ChildExited& exited) {
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (state_.step != Step::certificate) {  // it was made anew for a reload
        if (exited.shell_code != 0) {
            emit(Warn{fmt::format("the certificate stays as it was: {} failed with {}",
                                  child_name(exited.child), exited.why)});
        }
        if (lives(Child::patroni)) {
            emit(SendSignal{Child::patroni, Signal::hangup});
        }
        return;
    }
    if (exited.shell_code != 0) {
        return end(exited.shell_code,
                   fmt::format("{} failed with {}", child_name(exited.child), exited.why));
    }
    wait_for_dcs();
}

void Machine::dcs_wait_exited(const ChildExited& exited) {
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (exited.shell_code != 0) {
        return end(exited.shell_code,
                   fmt::format("{} failed with {}; its own messages above say why",
                               child_name(exited.child), exited.why));
    }
    start_patroni();
}

void Machine::patroni_exited(const ChildExited& exited) {
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
            state_.last_alive = std::max(state_.last_alive, now_ - policy_.agent_silence);
        }
    }
    state_.exit_code = exited.shell_code;
    note_failure(fmt::format("Patroni ended with {}", exited.why));
    state_.step = Step::exit_diagnosis;
    emit(ReadExitDiagnosis{});
}

void Machine::note_failure(std::string why) {
    state_.last_failure = std::move(why);
    ++state_.patroni_failures;
}

void Machine::on(const ExitDiagnosis& words) {
    if (state_.step != Step::exit_diagnosis) {
        return;
    }
    if (state_.exit_code != 0 && !words.text.empty()) {
        state_.last_failure += ": " + words.text;
    }
    emit(Warn{state_.last_failure});
    if (words.complaint == Complaint::other_cluster) {
        return end(kOtherCluster,
                   fmt::format("{}. This data directory is not one of this cluster's group: give "
                               "the member its own, or an empty one",
                               state_.last_failure));
    }
    if (words.incomplete && !state_.postmaster) {
        return end(
            kIncomplete,
            fmt::format("{}. The bootstrap failed and left a half-made data directory, "
                        "which Patroni could not move away and would take for a whole one "
                        "at the next start. Move it away, and let the server's user write to "
                        "the directory above it",
                        state_.last_failure));
    }
    if (state_.postmaster && state_.postmaster->primary && !state_.paused) {
        if (policy_.old_patroni) {
            emit(
                Warn{"the server is stopped before Patroni starts again: this Patroni would "
                     "forget synchronous replication over a running primary"});
            return end_server(Signal::interrupt);
        }
        if (state_.armed && is_unguarded()) {
            return guard("Patroni keeps ending");
        }
    }
    clear_orphans();
}

void Machine::clear_orphans() {
    state_.step = Step::clearing_orphans;
    emit(EndOrphans{.kill = true});
}

void Machine::on(const OrphansGone& /*unused*/) {
    if (state_.step != Step::clearing_orphans) {
        return;
    }
    if (state_.ending) {
        finish();
    } else {
        restart();
    }
}

void Machine::restart() {
    const Milliseconds delay = backoff(state_.patroni_failures);
    ++state_.restarts;
    if (delay == Milliseconds(0)) {
        return start_patroni();
    }
    state_.step = Step::waiting_to_restart;
    emit(StartTimer{Timer::restart_delay, delay});
}

// 0, 1, 2, 4 ... 30 s
Milliseconds Machine::backoff(int failures) {
    constexpr Milliseconds kFirst{1'000};
    constexpr Milliseconds kLongest{30'000};
    constexpr int kEnough = 10;  // further doubling would only overflow
    return failures <= 1 ? Milliseconds(0)
                         : std::min(kFirst * (1 << std::min(failures - 2, kEnough)), kLongest);
}

void Machine::on(const SpawnFailed& failed) {
    state_.alive.erase(failed.child);
    if (failed.child == Child::agent) {
        return retry_agent();
    }
    if (state_.stop != StopStage::none) {
        return continue_stop();
    }
    if (failed.child == Child::certificate && state_.step != Step::certificate) {
        emit(Warn{failed.why});
        return;
    }
    if (failed.child == Child::patroni && state_.restarts > 0) {
        // The pids cgroup may be full for a while: no reason to end a member that has run before.
        note_failure(failed.why);
        emit(Warn{failed.why});
        return clear_orphans();
    }
    end(kCannotSpawn, failed.why);
}

}  // namespace citus_init::patroni::lifecycle
