#include "supervisor/patroni/member_phase.h"

#include <gtest/gtest.h>

#include "citus_init/ha/patroni/backend.h"

namespace citus_init::supervisor {
namespace {

namespace lifecycle = patroni::lifecycle;
using lifecycle::Milliseconds;
using lifecycle::Step;
using status::Condition;
using status::ConditionKind;
using status::Phase;

TEST(MemberPhase, ReportsWhatAMemberWaitsFor) {
    lifecycle::State state;
    EXPECT_EQ(phase_of_member(state).first, Phase::starting);
    state.step = Step::dcs_wait;
    EXPECT_EQ(phase_of_member(state).second.kind, ConditionKind::waiting_for_dcs);
    const Condition restored{ConditionKind::restoring, "latest", "", "waiting for the member a1"};
    EXPECT_EQ(phase_of_member(state, restored), (std::pair{Phase::starting, restored}));
    state.step = Step::supervising;
    EXPECT_EQ(phase_of_member(state).second.kind, ConditionKind::waiting_for_server);
    state.postmaster.emplace();
    EXPECT_EQ(phase_of_member(state).second.kind, ConditionKind::readiness_pending);
    state.readiness = "extension_missing";
    const Condition waits_for{ConditionKind::extension_missing, "app"};
    EXPECT_EQ(phase_of_member(state, waits_for), (std::pair{Phase::starting, waits_for}));
    state.readiness = "";
    EXPECT_EQ(phase_of_member(state).first, Phase::ready);
}

TEST(MemberPhase, ReportsWhyPatroniIsStartedAgain) {
    lifecycle::State state;
    state.last_failure = "Patroni ended with exit code 1: no";
    state.restarts = 1;
    for (const Step step : {Step::exit_diagnosis, Step::clearing_orphans, Step::waiting_to_restart,
                            Step::ending_server, Step::supervising}) {
        state.step = step;
        const auto [phase, condition] = phase_of_member(state);
        EXPECT_EQ(phase, Phase::recovering) << step_name(step);
        EXPECT_EQ(condition.detail, state.last_failure);
    }
}

TEST(MemberPhase, DistinguishesAnEndFromAFailure) {
    lifecycle::State state;
    for (const int code : {0, 76}) {
        state.ending = lifecycle::Finish{code, "why"};
        for (const Step step : {Step::stopping, Step::clearing_orphans}) {
            state.step = step;
            EXPECT_EQ(phase_of_member(state).first, Phase::stopping);
        }
        state.step = Step::finished;
        EXPECT_EQ(phase_of_member(state).first, code == 0 ? Phase::stopping : Phase::failed);
    }
    state.step = Step::held;
    EXPECT_EQ(phase_of_member(state).first, Phase::failed);
    EXPECT_EQ(phase_of_member(state).second.detail, "why");
    EXPECT_EQ(phase_of_member(state).second.number, 76);
}

TEST(MemberLease, RunsOutUnlessAPulseShowsAYoungerOne) {
    constexpr std::chrono::seconds kTtl{20};
    ha::Pulse pulse;
    pulse.answer = ha::Answer::alive;
    pulse.role = ha::MemberRole::primary;
    EXPECT_EQ(lease_after(pulse, kTtl, 1000, std::nullopt), std::nullopt) << "no age is known yet";
    pulse.store_age = std::chrono::seconds(3);
    const auto first = lease_after(pulse, kTtl, 1000, std::nullopt);
    EXPECT_EQ(first, (status::LeaseStatus{1017, 20}));
    // Patroni does not answer, or not in time.
    ha::Pulse silent;
    silent.role = ha::MemberRole::primary;
    EXPECT_EQ(lease_after(silent, kTtl, 1008, first), first);
    // The store is out of reach: it is the same lease.
    pulse.store_age = std::chrono::seconds(11);
    EXPECT_EQ(lease_after(pulse, kTtl, 1008, first), first);
    pulse.store_age = std::chrono::seconds(0);
    EXPECT_EQ(lease_after(pulse, kTtl, 1010, first), (status::LeaseStatus{1030, 20}));
    pulse.role = ha::MemberRole::replica;
    EXPECT_EQ(lease_after(pulse, kTtl, 1010, first), std::nullopt);
    pulse.role.reset();
    EXPECT_EQ(lease_after(pulse, kTtl, 1010, first), std::nullopt);
}

TEST(MemberPolicy, WaitsUntilTheLeaderKeyIsAboutToExpire) {
    settings::Settings settings;
    settings.patroni.emplace();
    const auto newest = patroni::make_backend({4, 0, 0});
    EXPECT_EQ(policy_of_member(settings, *newest).answer_timeout, Milliseconds(12'000));
    settings.patroni->ttl = std::chrono::seconds(30);
    settings.patroni->loop_wait = std::chrono::seconds(10);
    EXPECT_EQ(policy_of_member(settings, *newest).answer_timeout, Milliseconds(17'000));
    settings.patroni->ttl = std::chrono::seconds(5);
    EXPECT_EQ(policy_of_member(settings, *newest).answer_timeout, Milliseconds(1'000));
    EXPECT_FALSE(policy_of_member(settings, *patroni::make_backend({3, 3, 0})).old_patroni);
    EXPECT_TRUE(policy_of_member(settings, *patroni::make_backend({3, 0, 2})).old_patroni);
}

}  // namespace
}  // namespace citus_init::supervisor
