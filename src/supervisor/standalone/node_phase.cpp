#include "supervisor/standalone/node_phase.h"

#include <algorithm>
#include <string>

namespace citus_init::supervisor {

using postgres::lifecycle::Milliseconds;
using postgres::lifecycle::ServerStatus;
using postgres::lifecycle::Step;
using status::Condition;
using status::ConditionKind;
using status::Phase;

namespace {

using Published = std::pair<Phase, Condition>;

ConditionKind recovery_kind(ServerStatus status) {
    switch (status) {
        case ServerStatus::standby_read_only:
            return ConditionKind::accepting_reads;
        case ServerStatus::recovery_read_only:
            return ConditionKind::archive_recovery;
        case ServerStatus::standby:
            return ConditionKind::standby_closed;
        case ServerStatus::starting:
        case ServerStatus::stopping:
        case ServerStatus::ready:
            break;
    }
    return ConditionKind::crash_recovery;
}

// What keeps clients from a standby, too.
bool also_stops_reads(const Condition& condition) {
    return condition.kind == ConditionKind::database_closed ||
           condition.kind == ConditionKind::server_unresponsive;
}

Published phase_while_running(const postgres::lifecycle::State& state,
                              const postgres::lifecycle::Policy& policy, const Closed& closed) {
    if (state.server_status == ServerStatus::stopping) {
        return {Phase::stopping, {ConditionKind::server_stopping_itself}};
    }
    if (closed.stopped != 0) {
        Condition stopped{ConditionKind::server_stopped};
        stopped.number = closed.stopped;
        return {Phase::starting, stopped};
    }
    const bool is_primary = state.server_status == ServerStatus::ready;
    if (!is_primary && state.server_status != ServerStatus::standby_read_only) {
        return {Phase::recovering, {recovery_kind(state.server_status)}};
    }
    if (!state.ready(policy)) {
        return {Phase::starting, {ConditionKind::preparing_citus}};
    }
    if (!is_none(closed.why)) {
        return {closed.is_final ? Phase::failed : Phase::starting, closed.why};
    }
    if (!is_primary) {
        return also_stops_reads(closed.waits_for)
                   ? Published{Phase::starting, closed.waits_for}
                   : Published{Phase::ready, {ConditionKind::accepting_reads}};
    }
    if (closed.in_recovery) {
        return {Phase::starting, {ConditionKind::recovery_ending}};
    }
    return is_none(closed.waits_for)
               ? Published{Phase::ready, {ConditionKind::accepting_connections}}
               : Published{Phase::starting, closed.waits_for};
}

Condition with_detail(ConditionKind kind, const std::string& detail) {
    return {kind, "", "", detail};
}

Condition end_of(const postgres::lifecycle::State& state) {
    auto condition = with_detail(ConditionKind::ended, state.ending->why);
    condition.number = state.ending->code;
    return condition;
}

// Never so long that the shutdown itself would lack the time.
Milliseconds hold_timeout(const settings::Settings& settings) {
    constexpr Milliseconds kLongest{2'000};
    constexpr int kShare = 4;
    const auto& citus = settings.citus;
    const bool holds = citus.enable && citus.role == settings::Role::worker && citus.stop_pause;
    return holds ? std::min(kLongest, settings.supervisor.stop_timeout / kShare) : Milliseconds(0);
}

}  // namespace

std::pair<Phase, Condition> phase_of_node(const postgres::lifecycle::State& state,
                                          const postgres::lifecycle::Policy& policy,
                                          bool recovering, const Closed& closed) {
    switch (state.step) {
        case Step::initial:
            return {Phase::starting, {ConditionKind::reading_settings}};
        case Step::upgrade:
            return {Phase::starting, {ConditionKind::upgrading_data_directory}};
        case Step::restore:
            return {Phase::starting, {ConditionKind::restoring_data_directory}};
        case Step::initdb:
            return {Phase::bootstrapping, {ConditionKind::initdb}};
        case Step::certificate:
            return {Phase::starting, {ConditionKind::making_certificate}};
        case Step::validation:
            return {Phase::starting, {ConditionKind::validating_configuration}};
        case Step::bootstrap_starting:
            return {Phase::bootstrapping, {ConditionKind::starting_bootstrap_server}};
        case Step::single_user:
        case Step::preparation:
            return {Phase::bootstrapping, {ConditionKind::preparing_database}};
        case Step::init_scripts:
            return {Phase::bootstrapping, {ConditionKind::running_init_scripts}};
        case Step::bootstrap_stopping:
            return {Phase::bootstrapping, {ConditionKind::stopping_bootstrap_server}};
        case Step::bootstrap_syncing:
            return {Phase::bootstrapping, {ConditionKind::syncing_data_directory}};
        case Step::server_starting:
            return recovering ? Published{Phase::recovering, {ConditionKind::replaying_log}}
                              : Published{Phase::starting, {ConditionKind::starting_server}};
        case Step::running:
            return phase_while_running(state, policy, closed);
        case Step::clearing_orphans:
            return state.ending ? Published{Phase::stopping, {ConditionKind::waiting_for_processes}}
                                : Published{Phase::recovering,
                                            with_detail(ConditionKind::exited_unexpectedly,
                                                        state.last_crash.why)};
        case Step::waiting_to_restart:
            return {Phase::recovering,
                    with_detail(ConditionKind::waiting_to_restart_server, state.last_crash.why)};
        case Step::aborting:
            return {Phase::stopping,
                    with_detail(ConditionKind::abandoning_bootstrap, state.ending->why)};
        case Step::holding_traffic:
            return {Phase::stopping, {ConditionKind::holding_traffic}};
        case Step::stopping:
            return {Phase::stopping, {ConditionKind::shutting_down}};
        case Step::held:
            return {Phase::failed, end_of(state)};
        case Step::finished:
            return {state.ending->code == 0 ? Phase::stopping : Phase::failed, end_of(state)};
    }
    return {Phase::failed, {}};
}

postgres::lifecycle::Policy policy_of_node(const settings::Settings& settings) {
    postgres::lifecycle::Policy policy;
    policy.start_timeout = settings.supervisor.start_timeout;
    policy.stop_timeout = settings.supervisor.stop_timeout;
    policy.restart_limit = settings.supervisor.restart_limit;
    policy.restart_window = settings.supervisor.restart_window;
    policy.hold_on_fatal = settings.supervisor.on_fatal == settings::OnFatal::hold;
    policy.agent_gates_readiness = settings.citus.enable;
    policy.hold_timeout = hold_timeout(settings);
    return policy;
}

}  // namespace citus_init::supervisor
