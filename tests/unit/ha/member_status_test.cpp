#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/ha/patroni/rest_answers.h"

#include "unit/ha/answers.h"

namespace citus_init::patroni {
namespace {

using ha::Answer;
using ha::MemberRole;
using ha::MemberStatus;

MemberStatus status_of(const std::string& state) {
    MemberStatus status;
    status.state = state;
    return status;
}

class OfBothVersions : public testing::TestWithParam<std::string> {
  protected:
    static std::optional<MemberStatus> status(const std::string& name) {
        return parse_member_status(answer_text(GetParam() + "." + name));
    }
};
INSTANTIATE_TEST_SUITE_P(MemberStatus, OfBothVersions, testing::Values("3.0.2", "4.1.4"));

TEST_P(OfBothVersions, KnowTheLeader) {
    const auto leader = status("leader");
    ASSERT_TRUE(leader);
    EXPECT_EQ(leader->role, MemberRole::primary);
    EXPECT_EQ(leader->state, "running");
    EXPECT_EQ(leader->timeline, 1);
    EXPECT_FALSE(leader->paused || leader->without_leader || leader->failsafe_active);
    EXPECT_GT(leader->dcs_last_seen, 1'700'000'000);
    EXPECT_EQ(leader->version, GetParam());
}

TEST_P(OfBothVersions, KnowMaintenance) {
    const auto replica = status("paused_replica");
    ASSERT_TRUE(replica);
    EXPECT_EQ(replica->role, MemberRole::replica);
    EXPECT_TRUE(replica->paused);
}

TEST_P(OfBothVersions, KnowABaseBackup) {
    const auto creating = status("creating");
    ASSERT_TRUE(creating);
    EXPECT_EQ(creating->role, std::nullopt);
    EXPECT_TRUE(is_being_made(creating->state));
}

TEST_P(OfBothVersions, KnowThatTheStoreIsGone) {
    const auto without = status("no_dcs");
    ASSERT_TRUE(without);
    EXPECT_TRUE(without->without_leader);
}

TEST(MemberStatus, KnowsFailsafeMode) {
    EXPECT_TRUE(parse_member_status(answer_text("3.0.2.no_dcs"))->failsafe_active);
}

TEST(MemberStatus, IsNoneWithoutAState) {
    for (const char* text : {"", "[]", "{}", R"({"state":1})", R"({"state":""})"}) {
        EXPECT_FALSE(parse_member_status(text)) << text;
    }
}

TEST(MemberStatus, TakesFieldsOfAnotherKindForMissing) {
    const auto status = parse_member_status(
        R"({"state":"running","role":7,"timeline":"x","pause":"yes","patroni":[1]})");
    ASSERT_TRUE(status);
    EXPECT_EQ(*status, status_of("running"));
}

TEST(MemberStatus, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)parse_member_status(text); }));
}

TEST(AnswerOf, DistinguishesAliveStuckAndSilent) {
    const MemberStatus running = status_of("running");
    EXPECT_EQ(answer_of(200, running), Answer::alive);
    EXPECT_EQ(answer_of(503, running), Answer::stuck);
    EXPECT_EQ(answer_of(std::nullopt, running), Answer::silent);
    // Whatever that is, somebody answered.
    EXPECT_EQ(answer_of(404, running), Answer::alive);
}

TEST(AnswerOf, LetsTheLoopStandStillWhereItMay) {
    MemberStatus paused = status_of("running");
    paused.paused = true;
    EXPECT_EQ(answer_of(503, paused), Answer::alive);
    for (const char* state :
         {"initializing new cluster", "creating replica", "running custom bootstrap script",
          "starting after custom bootstrap"}) {
        EXPECT_EQ(answer_of(503, status_of(state)), Answer::alive) << state;
        EXPECT_EQ(answer_of(std::nullopt, status_of(state)), Answer::silent) << state;
    }
}

}  // namespace
}  // namespace citus_init::patroni
