#include "supervisor/patroni/member_phase.h"

#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/configuration.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;
using health::Phase;
using lifecycle::Step;

namespace {

std::pair<Phase, std::string> phase_under_patroni(const lifecycle::State& state) {
    if (state.ready()) {
        return {Phase::ready, "accepting connections"};
    }
    const bool again = state.restarts > 0;
    const Phase phase = again ? Phase::recovering : Phase::starting;
    const std::string before = again ? state.last_failure + "; " : "";
    if (!state.postmaster) {
        return {phase, before + "Patroni has not started the server yet"};
    }
    return {phase, state.readiness ? *state.readiness
                                   : before + "server running, readiness check pending"};
}

}  // namespace

std::pair<Phase, std::string> phase_of_member(const lifecycle::State& state) {
    switch (state.step) {
        case Step::initial:
            return {Phase::starting, "reading the settings"};
        case Step::certificate:
            return {Phase::starting, "making the certificate"};
        case Step::dcs_wait:
            return {Phase::starting, "waiting for the configuration store"};
        case Step::supervising:
            return phase_under_patroni(state);
        case Step::exit_diagnosis:
        case Step::clearing_orphans:
            return state.ending ? std::pair{Phase::stopping, std::string("waiting for processes")}
                                : std::pair{Phase::recovering, state.last_failure};
        case Step::waiting_to_restart:
            return {Phase::recovering, state.last_failure + "; waiting to start it again"};
        case Step::ending_server:
            return {Phase::recovering, state.last_failure};
        case Step::stopping:
            return {Phase::stopping, state.ending->code == 0 ? "shutting down" : state.ending->why};
        case Step::held:
            return {Phase::failed, state.ending->why};
        case Step::finished:
            return {state.ending->code == 0 ? Phase::stopping : Phase::failed, state.ending->why};
    }
    return {Phase::failed, ""};
}

lifecycle::Policy policy_of_member(const settings::Settings& settings, const ha::Backend& backend) {
    const ha::Lease lease = patroni::lease_of(*settings.patroni);
    lifecycle::Policy policy;
    policy.stop_timeout = settings.supervisor.stop_timeout;
    policy.answer_timeout = ha::answer_timeout_of(lease);
    policy.store_timeout = ha::store_timeout_of(lease);
    policy.old_patroni = !backend.may_restart_beside_primary();
    policy.hold_on_fatal = settings.supervisor.on_fatal == settings::OnFatal::hold;
    return policy;
}

}  // namespace citus_init::supervisor
