#include "supervisor/patroni/member_phase.h"

#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/configuration.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;
using lifecycle::Step;
using status::Condition;
using status::ConditionKind;
using status::Phase;

namespace {

using Published = std::pair<Phase, Condition>;

Condition with_detail(ConditionKind kind, const std::string& detail) {
    return {kind, "", "", detail};
}

Condition end_of(const lifecycle::State& state) {
    auto condition = with_detail(ConditionKind::ended, state.ending->why);
    condition.number = state.ending->code;
    return condition;
}

Published phase_under_patroni(const lifecycle::State& state, const Condition& waits_for) {
    if (state.ready()) {
        return {Phase::ready, {ConditionKind::accepting_connections}};
    }
    const bool again = state.restarts > 0;
    const Phase phase = again ? Phase::recovering : Phase::starting;
    if (state.postmaster && state.readiness) {
        return {phase, waits_for};
    }
    return {phase, with_detail(state.postmaster ? ConditionKind::readiness_pending
                                                : ConditionKind::waiting_for_server,
                               again ? state.last_failure : "")};
}

}  // namespace

std::pair<Phase, Condition> phase_of_member(const lifecycle::State& state,
                                            const Condition& waits_for) {
    switch (state.step) {
        case Step::initial:
            return {Phase::starting, {ConditionKind::reading_settings}};
        case Step::certificate:
            return {Phase::starting, {ConditionKind::making_certificate}};
        case Step::dcs_wait:
            return {Phase::starting,
                    is_none(waits_for) ? Condition{ConditionKind::waiting_for_dcs} : waits_for};
        case Step::supervising:
            return phase_under_patroni(state, waits_for);
        case Step::exit_diagnosis:
        case Step::clearing_orphans:
            return state.ending ? Published{Phase::stopping, {ConditionKind::waiting_for_processes}}
                                : Published{Phase::recovering,
                                            with_detail(ConditionKind::exited_unexpectedly,
                                                        state.last_failure)};
        case Step::waiting_to_restart:
            return {Phase::recovering,
                    with_detail(ConditionKind::waiting_to_restart_patroni, state.last_failure)};
        case Step::ending_server:
            return {Phase::recovering,
                    with_detail(ConditionKind::exited_unexpectedly, state.last_failure)};
        case Step::stopping:
            return {Phase::stopping, state.ending->code == 0
                                         ? Condition{ConditionKind::shutting_down}
                                         : end_of(state)};
        case Step::held:
            return {Phase::failed, end_of(state)};
        case Step::finished:
            return {state.ending->code == 0 ? Phase::stopping : Phase::failed, end_of(state)};
    }
    return {Phase::failed, {}};
}

std::optional<status::LeaseStatus> lease_after(const ha::Pulse& pulse, std::chrono::seconds ttl,
                                               std::int64_t now,
                                               const std::optional<status::LeaseStatus>& before) {
    if (pulse.role != ha::MemberRole::primary) {
        return std::nullopt;
    }
    if (!pulse.store_age) {
        return before;
    }
    return status::LeaseStatus{now - pulse.store_age->count() + ttl.count(), ttl.count()};
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
