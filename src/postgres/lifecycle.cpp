#include "citus_init/postgres/lifecycle.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "postgres/lifecycle_reaction.h"

namespace citus_init::postgres::lifecycle {

bool lets_clients_in(ServerStatus status) {
    return status == ServerStatus::ready || status == ServerStatus::standby_read_only ||
           status == ServerStatus::recovery_read_only;
}

bool State::ready(const Policy& policy) const {
    const bool serves =
        server_status == ServerStatus::ready || server_status == ServerStatus::standby_read_only;
    return step == Step::running && serves && (prepared || !policy.agent_gates_readiness);
}

Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy) {
    return react<Reaction>(state, event, now, policy);
}

void Reaction::run(Step step, Child child) {
    state_.step = step;
    spawn(child);
}

void Reaction::on(const Started& started) {
    state_.plan = started.plan;
    state_.bootstrapping = started.plan.bootstrap && !started.plan.upgrade && !started.plan.restore;
    if (started.plan.upgrade) {
        run(Step::upgrade, Child::upgrade);
    } else if (started.plan.restore) {
        run(Step::restore, Child::restore);
    } else if (started.plan.bootstrap) {
        begin_bootstrap();
    } else {
        make_certificate();
    }
}

// --- The way up ---

// Neither reads what the other one makes.
void Reaction::begin_bootstrap() {
    emit(AdvanceBootstrap{Step::initdb});
    run(Step::initdb, Child::initdb);
    if (state_.plan.certificate) {
        spawn(Child::certificate);
    }
}

// The validation reads the cluster's pg_control; the session changes the rest of it.
void Reaction::validate_new_cluster() {
    if (!state_.alive.empty()) {
        return;
    }
    if (state_.plan.validation) {
        run(Step::validation, Child::validation);
    }
    if (state_.needs_session) {
        run(Step::single_user, Child::single_user);
    }
    start_bootstrap_server();
}

void Reaction::start_bootstrap_server() {
    if (!state_.alive.empty()) {
        return;
    }
    if (state_.is_prepared && !state_.plan.init_scripts) {
        sync_bootstrap();
    } else {
        run(Step::bootstrap_starting, Child::bootstrap_server);
    }
}

void Reaction::make_certificate() {
    if (state_.plan.certificate) {
        run(Step::certificate, Child::certificate);
    } else {
        validate();
    }
}

void Reaction::validate() {
    if (state_.plan.validation) {
        run(Step::validation, Child::validation);
    } else {
        start_server();
    }
}

void Reaction::prepare() {
    run(Step::preparation, Child::preparation);
}

void Reaction::run_init_scripts() {
    if (state_.plan.init_scripts) {
        emit(AdvanceBootstrap{Step::init_scripts});
        run(Step::init_scripts, Child::init_scripts);
    } else {
        stop_bootstrap_server();
    }
}

void Reaction::stop_bootstrap_server() {
    // Even when a script has stopped it or restarted it, which makes it one that is adopted now:
    // the answer is its end in any case.
    state_.step = Step::bootstrap_stopping;
    state_.alive.insert(Child::bootstrap_server);
    send(Child::bootstrap_server, Signal::interrupt);
}

void Reaction::sync_bootstrap() {
    emit(AdvanceBootstrap{Step::bootstrap_syncing});
    run(Step::bootstrap_syncing, Child::sync);
}

void Reaction::complete_bootstrap() {
    emit(CompleteBootstrap{});
    state_.bootstrapping = false;
    if (state_.stop_requested) {
        end(0, "stopped on request");
    } else if (state_.plan.only_bootstrap) {
        end(0, "the database is initialised");
    } else {
        start_server();
    }
}

void Reaction::start_server() {
    state_.was_ready = false;
    state_.prepared = false;
    state_.server_status = ServerStatus::starting;
    state_.served_as = ServerStatus::starting;
    run(Step::server_starting, Child::server);
    if (policy_.start_timeout > Milliseconds(0)) {
        start_timer(Timer::start_deadline, policy_.start_timeout);
    }
}

void Reaction::cancel_start_deadline() {
    if (policy_.start_timeout > Milliseconds(0)) {
        cancel(Timer::start_deadline);
    }
}

void Reaction::start_deadline_passed() {
    constexpr int kUnavailable = 69;
    if (state_.step != Step::server_starting) {
        return;
    }
    state_.ending = Finish{kUnavailable, fmt::format("the server did not accept connections within "
                                                     "{} s (CITUS_START_TIMEOUT)",
                                                     policy_.start_timeout.count() / 1000)};
    stop_server(StopMode::fast);
}

void Reaction::on(const ServerStatusChanged& changed) {
    state_.server_status = changed.status;
    const bool accepts = lets_clients_in(changed.status) || changed.status == ServerStatus::standby;
    if (!accepts) {
        return;
    }
    const ServerStatus before = std::exchange(state_.served_as, changed.status);
    if (state_.step == Step::bootstrap_starting) {
        prepare();
    } else if (state_.step == Step::server_starting) {
        state_.step = Step::running;
        state_.was_ready = true;
        cancel_start_deadline();
        start_timer(Timer::healthy, policy_.healthy_after);
        if (lets_clients_in(changed.status)) {
            start_agent();
        }
        if (state_.ready(policy_)) {
            emit(AnnounceReady{});
        }
    } else if (state_.step == Step::running && changed.status != before) {
        server_status_changed();
    }
}

// Promoted, or let in at last. What was prepared in recovery was only checked.
void Reaction::server_status_changed() {
    if (!lets_clients_in(state_.server_status)) {
        return;
    }
    state_.prepared = false;
    cancel(Timer::agent_restart);
    start_agent();
    if (state_.ready(policy_)) {
        emit(AnnounceReady{});
    }
}

// In place of the one that may live: of the server before, or of what this one was before.
void Reaction::start_agent() {
    if (lives(Child::agent)) {
        return reload_agent();
    }
    spawn_agent();
    if (!state_.prepared) {
        start_timer(Timer::agent_deadline, policy_.agent_timeout);
    }
}

// --- Reports, requests, timers ---

void Reaction::on(const AgentPrepared& /*unused*/) {
    if (state_.step != Step::running || state_.prepared) {
        return;
    }
    state_.prepared = true;
    cancel(Timer::agent_deadline);
    if (policy_.agent_gates_readiness && state_.ready(policy_)) {
        emit(AnnounceReady{});
    }
}

void Reaction::on(const ReloadRequested& /*unused*/) {
    switch (state_.step) {
        case Step::server_starting:
        case Step::running:
            emit(ReloadSettings{});
            return reload_agent();
        case Step::clearing_orphans:
        case Step::waiting_to_restart:
            return state_.ending ? void() : emit(ReloadSettings{});
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
        case Step::bootstrap_stopping:
        case Step::bootstrap_syncing:
            return warn(
                "received SIGHUP: nothing is read again before the server runs. Send it once more "
                "then");
        case Step::aborting:
        case Step::holding_traffic:
        case Step::stopping:
        case Step::held:
        case Step::finished:
            return;
    }
}

void Reaction::on(const TimerExpired& expired) {
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
            if (state_.step == Step::running && !lives(Child::agent)) {
                start_agent();
            }
            return;
        case Timer::hold_deadline:
            if (state_.step == Step::holding_traffic) {
                warn("the coordinator did not answer in time: stopping without it");
            }
            return end_hold();
        case Timer::agent_silence:
            return agent_silence_expired();
        case Timer::agent_deadline:
            return send(Child::agent, Signal::kill);
    }
}

// --- Ends of processes ---

void Reaction::on(const ChildExited& exited) {
    state_.alive.erase(exited.child);
    switch (exited.child) {
        case Child::server:
            return server_exited(exited);
        case Child::bootstrap_server:
            return bootstrap_server_exited(exited);
        case Child::agent:
            return agent_exited(exited);
        case Child::upgrade:
        case Child::restore:
        case Child::initdb:
        case Child::certificate:
        case Child::validation:
        case Child::single_user:
        case Child::preparation:
        case Child::init_scripts:
        case Child::sync:
            return one_shot_exited(exited);
    }
}

void Reaction::one_shot_exited(const ChildExited& exited) {
    if (state_.step == Step::aborting) {
        return abort_when_alone();
    }
    if (exited.shell_code != 0) {
        return abort(exited.shell_code,
                     fmt::format("{} failed with {}", child_name(exited.child), exited.why));
    }
    switch (exited.child) {
        case Child::upgrade:
            return end(0, "the data directory is upgraded");
        case Child::restore:
            return end(0, "the data directory is restored, up to its WAL");
        case Child::initdb:
            state_.is_prepared = exited.is_prepared;
            state_.needs_session = exited.needs_session;
            return validate_new_cluster();
        case Child::certificate:
            return state_.bootstrapping ? validate_new_cluster() : validate();
        case Child::validation:
            return state_.bootstrapping ? start_bootstrap_server() : start_server();
        case Child::single_user:
            return start_bootstrap_server();
        case Child::preparation:
            return run_init_scripts();
        case Child::init_scripts:
            return stop_bootstrap_server();
        case Child::sync:
            return complete_bootstrap();
        case Child::bootstrap_server:
        case Child::server:
        case Child::agent:
            return;
    }
}

void Reaction::bootstrap_server_exited(const ChildExited& exited) {
    if (state_.step == Step::aborting) {
        return abort_when_alone();
    }
    if (state_.step == Step::init_scripts && exited.shut_down_clean) {
        return;  // a script runs `pg_ctl restart`
    }
    if (state_.step != Step::bootstrap_stopping || !exited.shut_down_clean) {
        return abort(exited.shell_code == 0 ? 1 : exited.shell_code,
                     fmt::format("the bootstrap server exited unexpectedly with {}", exited.why));
    }
    sync_bootstrap();
}

void Reaction::server_exited(const ChildExited& exited) {
    cancel(Timer::agent_deadline);
    stop_agent();
    cancel_start_deadline();
    cancel(Timer::healthy);
    cancel(Timer::stop_deadline);
    if (state_.step == Step::holding_traffic) {
        cancel(Timer::hold_deadline);
    }
    if (state_.step == Step::stopping || state_.step == Step::holding_traffic) {
        // A step of a restore that ends with 0 goes on with the next one, unless it is to stop.
        const bool is_step = state_.ending && state_.ending->code == 0 && state_.stop_requested;
        if (!state_.ending || is_step) {
            state_.ending = end_of_stop(exited);
        }
    } else if (exited.shell_code == 0 && exited.shut_down_clean) {
        // pg_ctl stop inside the container: a clean exit that nobody asked us for is an exit.
        state_.ending = Finish{0, "the server was shut down from inside"};
    } else if (!state_.was_ready && state_.total_restarts == 0) {
        // It never came up: a configuration or permission that a second try would not mend.
        state_.ending = Finish{exited.shell_code == 0 ? 1 : exited.shell_code,
                               fmt::format("the server ended with {} before it was ready; its own "
                                           "messages above say why",
                                           exited.why)};
    } else {
        state_.last_crash =
            Finish{exited.shell_code == 0 ? 1 : exited.shell_code,
                   fmt::format("the server exited unexpectedly with {}", exited.why)};
    }
    clear_orphans();
}

void Reaction::agent_exited(const ChildExited& exited) {
    cancel(Timer::agent_deadline);
    cancel(Timer::agent_silence);
    if (state_.step == Step::aborting) {
        return abort_when_alone();
    }
    if (state_.step == Step::holding_traffic) {
        return end_hold();
    }
    if (state_.step != Step::running) {
        return;
    }
    if (state_.agent.reloading) {
        return start_agent();
    }
    // Without Citus it may have nothing more to do, and says so by leaving.
    const bool done = exited.shell_code == 0 && state_.ready(policy_);
    if (!done) {
        retry_agent();
    }
}

void Reaction::clear_orphans() {
    state_.step = Step::clearing_orphans;
    const bool going_up_again = !state_.ending.has_value();
    emit(EndOrphans{.kill = going_up_again});
    if (!going_up_again) {
        start_timer(Timer::stop_deadline, policy_.immediate_timeout);
    }
}

void Reaction::on(const OrphansGone& /*unused*/) {
    if (state_.step == Step::aborting && state_.alive.empty()) {
        finish_abort();
    } else if (state_.step == Step::clearing_orphans) {
        if (state_.ending) {
            finish();
        } else {
            restart();
        }
    }
}

void Reaction::restart() {
    std::erase_if(state_.restarts,
                  [this](Milliseconds when) { return now_ - when >= policy_.restart_window; });
    if (state_.restarts.size() >= static_cast<std::size_t>(policy_.restart_limit)) {
        return end(state_.last_crash.code,
                   fmt::format("{}, after {} restarts within {} s (CITUS_RESTART_LIMIT, "
                               "CITUS_RESTART_WINDOW)",
                               state_.last_crash.why, state_.restarts.size(),
                               policy_.restart_window.count() / 1000));
    }
    state_.restarts.push_back(now_);
    ++state_.total_restarts;
    const int exponent = state_.backoff_exponent++;
    if (exponent == 0) {
        return start_server();
    }
    state_.step = Step::waiting_to_restart;
    constexpr Milliseconds kFirst{100};
    start_timer(Timer::restart_delay, backoff(kFirst, exponent - 1));
}

void Reaction::on(const SpawnFailed& failed) {
    state_.alive.erase(failed.child);
    if (failed.child == Child::agent) {
        return retry_agent();
    }
    if (failed.child == Child::server && state_.total_restarts > 0) {
        // The pids cgroup may be full for a while: no reason to end a node that has run before.
        state_.last_crash = Finish{failed.code, failed.why};
        return clear_orphans();
    }
    if (failed.child == Child::server) {
        return end(failed.code, failed.why);
    }
    abort(failed.code, failed.why);
}

// --- Names ---

const char* child_name(Child child) {
    switch (child) {
        case Child::upgrade:
            return "the upgrade of the data directory";
        case Child::restore:
            return "the restore of the data directory";
        case Child::initdb:
            return "initdb";
        case Child::certificate:
            return "the making of the certificate";
        case Child::validation:
            return "the validation of the configuration";
        case Child::single_user:
            return "the single-user session";
        case Child::bootstrap_server:
            return "the bootstrap server";
        case Child::preparation:
            return "the preparation of the database";
        case Child::init_scripts:
            return "an init script";
        case Child::sync:
            return "the sync of the data directory";
        case Child::server:
            return "the server";
        case Child::agent:
            return "the agent";
    }
    return "unknown";
}

const char* step_name(Step step) {
    switch (step) {
        case Step::initial:
            return "initial";
        case Step::upgrade:
            return "upgrade";
        case Step::restore:
            return "restore";
        case Step::initdb:
            return "initdb";
        case Step::certificate:
            return "certificate";
        case Step::validation:
            return "validation";
        case Step::single_user:
            return "single_user";
        case Step::bootstrap_starting:
            return "bootstrap_starting";
        case Step::preparation:
            return "preparation";
        case Step::init_scripts:
            return "init_scripts";
        case Step::bootstrap_stopping:
            return "bootstrap_stopping";
        case Step::bootstrap_syncing:
            return "bootstrap_syncing";
        case Step::server_starting:
            return "server_starting";
        case Step::running:
            return "running";
        case Step::clearing_orphans:
            return "clearing_orphans";
        case Step::waiting_to_restart:
            return "waiting_to_restart";
        case Step::aborting:
            return "aborting";
        case Step::holding_traffic:
            return "holding_traffic";
        case Step::stopping:
            return "stopping";
        case Step::held:
            return "held";
        case Step::finished:
            return "finished";
    }
    return "unknown";
}

}  // namespace citus_init::postgres::lifecycle
