#include "supervisor/standalone/node_phase.h"

#include <gtest/gtest.h>

namespace citus_init::supervisor {
namespace {

using health::Phase;
using namespace postgres::lifecycle;

Phase phase(Step at, bool recovering = false) {
    State state;
    state.step = at;
    state.server_status = ServerStatus::ready;
    state.bootstrapping = at == Step::certificate;
    state.ending = Finish{1, "why"};
    return phase_of_node(state, Policy{}, recovering).first;
}

TEST(Phase, DistinguishesTheSix) {
    EXPECT_EQ(phase(Step::initial), Phase::starting);
    EXPECT_EQ(phase(Step::initdb), Phase::bootstrapping);
    EXPECT_EQ(phase(Step::certificate), Phase::bootstrapping);
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
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {"is another", true}).first, Phase::failed);
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {"is another", true}).second, "is another");
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {"is not confirmed", false}).first,
              Phase::starting);
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {"is not confirmed", false}).second,
              "is not confirmed");
    // Nothing else is hidden by it.
    state.step = Step::stopping;
    EXPECT_EQ(phase_of_node(state, Policy{}, false, {"is another", true}).first, Phase::stopping);
    Policy policy;
    policy.agent_gates_readiness = true;
    state.step = Step::running;
    state.server_status = ServerStatus::ready;
    EXPECT_EQ(phase_of_node(state, policy, false, {"is another", true}).first, Phase::starting);
}

TEST(Phase, DistinguishesRecovery) {
    State state;
    state.step = Step::running;
    const auto reported = [&](ServerStatus status) {
        state.server_status = status;
        return phase_of_node(state, Policy{}, false, {"", false, "replayed to 0/3000148"});
    };
    EXPECT_EQ(reported(ServerStatus::ready),
              std::pair(Phase::starting, std::string("replayed to 0/3000148")));
    EXPECT_EQ(
        reported(ServerStatus::standby_read_only),
        std::pair(Phase::ready, std::string("standby, accepting connections for reading only: "
                                            "replayed to 0/3000148")));
    EXPECT_EQ(
        reported(ServerStatus::recovery_read_only),
        std::pair(Phase::recovering, std::string("archive recovery, writes fail until it ends: "
                                                 "replayed to 0/3000148")));
    EXPECT_EQ(reported(ServerStatus::standby).first, Phase::recovering);
    EXPECT_EQ(reported(ServerStatus::starting).first, Phase::recovering);
    EXPECT_EQ(reported(ServerStatus::stopping).first, Phase::stopping);
}

}  // namespace
}  // namespace citus_init::supervisor
