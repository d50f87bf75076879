#include "agent/member/restore_turn.h"

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
    return {"a1", is_wanted, false, false};
}
RestoreFacts cluster(bool is_wanted) {
    return {"a1", is_wanted, true, false};
}
// With the files of a cluster, or without yet.
RestoreFacts begun(bool is_wanted, bool has_cluster = true) {
    return {"a1", is_wanted, has_cluster, true};
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
                    TurnCase{Claim::own, false, empty(false), RestoreTurn::release},
                    // Whether it was told to restore or not.
                    TurnCase{Claim::others, false, empty(true), RestoreTurn::wait},
                    TurnCase{Claim::others, false, empty(false), RestoreTurn::wait},
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

}  // namespace
}  // namespace citus_init::agent
