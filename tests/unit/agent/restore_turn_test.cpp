#include "agent/member/restore_turn.h"

#include <utility>

#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using patroni::GroupKeys;

enum class Claim { none, own, others };

struct TurnCase {
    Claim claim;
    bool group_has_cluster;
    RestoreFacts facts;
    RestoreTurn expected;
};

GroupKeys keys_of(const TurnCase& turn) {
    GroupKeys keys;
    keys.has_cluster = turn.group_has_cluster;
    if (turn.claim != Claim::none) {
        keys.claim.emplace();
        keys.claim->member = turn.claim == Claim::own ? "a1" : "a2";
    }
    return keys;
}

RestoreFacts empty(bool is_wanted) {
    RestoreFacts facts;
    facts.member = "a1";
    facts.is_wanted = is_wanted;
    return facts;
}
RestoreFacts cluster(bool is_wanted) {
    auto facts = empty(is_wanted);
    facts.has_cluster = true;
    return facts;
}
// With the files of a cluster, or without yet.
RestoreFacts begun(bool is_wanted, bool has_cluster = true) {
    auto facts = empty(is_wanted);
    facts.has_cluster = has_cluster;
    facts.has_begun = true;
    return facts;
}
RestoreFacts restored() {
    auto facts = begun(true);
    facts.is_restored = true;
    return facts;
}
RestoreFacts without_lead(RestoreFacts facts) {
    facts.may_lead = false;
    return facts;
}

class RestoreTurns : public testing::TestWithParam<TurnCase> {};

TEST_P(RestoreTurns, Are) {
    EXPECT_EQ(restore_turn(keys_of(GetParam()), GetParam().facts), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    OfAnEmptyDirectory, RestoreTurns,
    testing::Values(TurnCase{Claim::none, false, empty(false), RestoreTurn::start},
                    TurnCase{Claim::none, false, empty(true), RestoreTurn::claim},
                    TurnCase{Claim::own, false, empty(true), RestoreTurn::restore},
                    TurnCase{Claim::own, false, empty(false), RestoreTurn::refuse_empty},
                    // Whether it was told to restore or not.
                    TurnCase{Claim::others, false, empty(true), RestoreTurn::wait_for_member},
                    TurnCase{Claim::others, false, empty(false), RestoreTurn::wait_for_member},
                    // The group lives, restored or not: Patroni makes a replica.
                    TurnCase{Claim::none, true, empty(true), RestoreTurn::start},
                    TurnCase{Claim::own, true, empty(true), RestoreTurn::start},
                    TurnCase{Claim::others, true, empty(true), RestoreTurn::start}));

INSTANTIATE_TEST_SUITE_P(
    OfACluster, RestoreTurns,
    testing::Values(TurnCase{Claim::none, false, cluster(true), RestoreTurn::start},
                    TurnCase{Claim::none, true, cluster(true), RestoreTurn::start},
                    // Restored, and Patroni has not been started yet.
                    TurnCase{Claim::own, false, cluster(true), RestoreTurn::start},
                    TurnCase{Claim::others, true, cluster(true), RestoreTurn::start},
                    // It would take the lead with rows of before.
                    TurnCase{Claim::others, false, cluster(true), RestoreTurn::refuse_directory},
                    TurnCase{Claim::others, false, cluster(false), RestoreTurn::refuse_directory}));

INSTANTIATE_TEST_SUITE_P(
    OfARestoreThatWasBegun, RestoreTurns,
    testing::Values(TurnCase{Claim::own, false, begun(true), RestoreTurn::restore},
                    TurnCase{Claim::own, false, begun(true, false), RestoreTurn::restore},
                    // It is complete before anything else, whatever the settings are by now.
                    TurnCase{Claim::own, false, begun(false), RestoreTurn::restore},
                    TurnCase{Claim::none, false, begun(false), RestoreTurn::claim},
                    TurnCase{Claim::others, false, begun(true), RestoreTurn::refuse_member},
                    TurnCase{Claim::own, true, begun(true), RestoreTurn::refuse_cluster},
                    TurnCase{Claim::none, true, begun(true, false), RestoreTurn::refuse_cluster}));

INSTANTIATE_TEST_SUITE_P(
    OfARestoreThatIsComplete, RestoreTurns,
    testing::Values(TurnCase{Claim::own, false, restored(), RestoreTurn::hand_over},
                    // Whoever claims meanwhile would restore over it.
                    TurnCase{Claim::none, false, restored(), RestoreTurn::claim},
                    TurnCase{Claim::others, false, restored(), RestoreTurn::refuse_member},
                    TurnCase{Claim::own, true, restored(), RestoreTurn::refuse_cluster}));

INSTANTIATE_TEST_SUITE_P(
    OfAMemberThatMustNotLead, RestoreTurns,
    testing::Values(
        TurnCase{Claim::none, false, without_lead(empty(true)), RestoreTurn::wait_for_leader},
        TurnCase{Claim::none, false, without_lead(empty(false)), RestoreTurn::start},
        TurnCase{Claim::others, false, without_lead(empty(true)), RestoreTurn::wait_for_member},
        TurnCase{Claim::own, false, without_lead(empty(true)), RestoreTurn::refuse_tag},
        TurnCase{Claim::own, false, without_lead(restored()), RestoreTurn::refuse_tag},
        TurnCase{Claim::none, true, without_lead(empty(true)), RestoreTurn::start}));

TEST(RestoreTurn, LeavesTheRestoreOfAnotherGroupAlone) {
    auto facts = restored();
    facts.is_of_group = false;
    EXPECT_EQ(restore_turn({}, facts), RestoreTurn::refuse_group);
}

TEST(RestoreTurn, KnowsTheTagsThatKeepAMemberFromLeading) {
    const auto tagged = [](const char* tag, settings::YamlValue value) {
        settings::YamlValue user_part;
        user_part.at("tags").at(tag) = std::move(value);
        return may_lead(user_part);
    };
    EXPECT_TRUE(may_lead({}));
    EXPECT_FALSE(tagged("nofailover", settings::YamlValue::boolean(true)));
    EXPECT_FALSE(tagged("nofailover", settings::YamlValue::string("false")));
    EXPECT_TRUE(tagged("nofailover", {}));
    EXPECT_TRUE(tagged("nofailover", settings::YamlValue::boolean(false)));
    EXPECT_FALSE(tagged("failover_priority", settings::YamlValue::number(0)));
    EXPECT_FALSE(tagged("failover_priority", settings::YamlValue::number(-1)));
    EXPECT_TRUE(tagged("failover_priority", settings::YamlValue::number(2)));
    EXPECT_TRUE(tagged("failover_priority", settings::YamlValue::string("high")));
    EXPECT_TRUE(tagged("failover_priority", {}));
    EXPECT_TRUE(tagged("nosync", settings::YamlValue::boolean(true)));
}

TEST(RestoreTurn, WaitsForTheKeysOfWhatWasThere) {
    GroupKeys keys;
    keys.has_remains = true;
    EXPECT_EQ(restore_turn(keys, empty(true)), RestoreTurn::wait_for_keys);
    EXPECT_EQ(restore_turn(keys, begun(true)), RestoreTurn::wait_for_keys);
    EXPECT_EQ(restore_turn(keys, empty(false)), RestoreTurn::start);
}

}  // namespace
}  // namespace citus_init::agent
