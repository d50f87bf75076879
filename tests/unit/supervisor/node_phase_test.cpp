#include "supervisor/standalone/node_phase.h"

#include <gtest/gtest.h>

namespace citus_init::supervisor {
namespace {

using status::Condition;
using status::ConditionKind;
using status::Phase;
using namespace postgres::lifecycle;

Phase phase(Step at, bool recovering = false) {
    State state;
    state.step = at;
    state.server_status = ServerStatus::ready;
    state.ending = Finish{1, "why"};
    return phase_of_node(state, Policy{}, recovering).first;
}

TEST(Phase, DistinguishesTheSix) {
    EXPECT_EQ(phase(Step::initial), Phase::starting);
    EXPECT_EQ(phase(Step::initdb), Phase::bootstrapping);
    EXPECT_EQ(phase(Step::bootstrap_syncing), Phase::bootstrapping);
    EXPECT_EQ(phase(Step::init_scripts), Phase::bootstrapping);
    EXPECT_EQ(phase(Step::server_starting), Phase::starting);
    EXPECT_EQ(phase(Step::server_starting, true), Phase::recovering);
    EXPECT_EQ(phase(Step::waiting_to_restart), Phase::recovering);
    EXPECT_EQ(phase(Step::running), Phase::ready);
    EXPECT_EQ(phase(Step::holding_traffic), Phase::stopping);
    EXPECT_EQ(phase(Step::stopping), Phase::stopping);
    EXPECT_EQ(phase(Step::aborting), Phase::stopping);
    EXPECT_EQ(phase(Step::held), Phase::failed);
    EXPECT_EQ(phase(Step::finished), Phase::failed);
}

TEST(Phase, IsNotReadyBeforeTheAgentHasSaidSo) {
    Policy policy;
    policy.agent_gates_readiness = true;
    State state;
    state.step = Step::running;
    state.server_status = ServerStatus::ready;
    EXPECT_EQ(phase_of_node(state, policy, false).first, Phase::starting);
    state.prepared = true;
    EXPECT_EQ(phase_of_node(state, policy, false).first, Phase::ready);
}

TEST(Phase, IsFailedWhileClientsMustNotComeToARunningServer) {
    State state;
    state.step = Step::running;
    state.server_status = ServerStatus::ready;
    const Condition why{ConditionKind::impostor};
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {why, true}), std::pair(Phase::failed, why));
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {why, false}), std::pair(Phase::starting, why));
    // Nothing else is hidden by it.
    state.step = Step::stopping;
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {why, true}).first, Phase::stopping);
    Policy policy;
    policy.agent_gates_readiness = true;
    state.step = Step::running;
    state.server_status = ServerStatus::ready;
    EXPECT_EQ(phase_of_node(state, policy, false, {why, true}).first, Phase::starting);
}

TEST(Phase, DistinguishesRecovery) {
    State state;
    state.step = Step::running;
    const auto reported = [&](ServerStatus status) {
        state.server_status = status;
        return phase_of_node(state, Policy{}, false, {{}, false, {}, true});
    };
    const auto published = [](Phase phase, ConditionKind kind) {
        return std::pair(phase, Condition{kind});
    };
    EXPECT_EQ(reported(ServerStatus::ready),
              published(Phase::starting, ConditionKind::recovery_ending));
    EXPECT_EQ(reported(ServerStatus::standby_read_only),
              published(Phase::ready, ConditionKind::accepting_reads));
    EXPECT_EQ(reported(ServerStatus::recovery_read_only),
              published(Phase::recovering, ConditionKind::archive_recovery));
    EXPECT_EQ(reported(ServerStatus::standby),
              published(Phase::recovering, ConditionKind::standby_closed));
    EXPECT_EQ(reported(ServerStatus::starting),
              published(Phase::recovering, ConditionKind::crash_recovery));
    EXPECT_EQ(reported(ServerStatus::stopping).first, Phase::stopping);
}

TEST(Phase, IsStartingWhileTheServerIsStopped) {
    State state;
    state.step = Step::running;
    Closed closed;
    closed.stopped = 42;
    for (const auto status : {ServerStatus::ready, ServerStatus::standby_read_only,
                              ServerStatus::recovery_read_only, ServerStatus::starting}) {
        state.server_status = status;
        const auto [phase, condition] = phase_of_node(state, Policy{}, false, closed);
        EXPECT_EQ(phase, Phase::starting);
        EXPECT_EQ(condition.kind, ConditionKind::server_stopped);
        EXPECT_EQ(condition.number, 42);
    }
    state.step = Step::stopping;
    EXPECT_EQ(phase_of_node(state, Policy{}, false, closed).first, Phase::stopping);
}

TEST(Phase, OfAStandbyIsNotReadyWhereNobodyCanRead) {
    State state;
    state.step = Step::running;
    state.server_status = ServerStatus::standby_read_only;
    for (const auto kind : {ConditionKind::database_closed, ConditionKind::server_unresponsive}) {
        const Condition waits_for{kind};
        EXPECT_EQ(phase_of_node(state, Policy{}, false, {{}, false, waits_for, true}),
                  std::pair(Phase::starting, waits_for));
    }
    for (const auto kind : {ConditionKind::own_connection_failed, ConditionKind::writes_fail}) {
        EXPECT_EQ(phase_of_node(state, Policy{}, false, {{}, false, Condition{kind}, true}).first,
                  Phase::ready);
    }
}

TEST(Phase, IsStartingWhileClientsWaitForSomethingElse) {
    State state;
    state.step = Step::running;
    state.server_status = ServerStatus::ready;
    const Condition waits_for{ConditionKind::own_connection_failed};
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {{}, false, waits_for}),
              std::pair(Phase::starting, waits_for));
}

}  // namespace
}  // namespace citus_init::supervisor
