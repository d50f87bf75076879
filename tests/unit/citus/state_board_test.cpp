#include "citus_init/citus/membership/state_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const NodeAddress kFirst{"w1", 5432};
const NodeAddress kSecond{"w2", 5432};
const TimePoint kNow = TimePoint{} + std::chrono::hours(1);

NodeReport node(const NodeAddress& address, NodeState state, const char* reason = "") {
    NodeReport report;
    report.address = address;
    report.state = state;
    report.standing = Standing::dirty;
    report.reason = reason;
    report.since = kNow - seconds(7);
    return report;
}

PassReport pass(std::vector<NodeReport> nodes) {
    PassReport report;
    report.nodes = std::move(nodes);
    return report;
}

// What the table holds once the changes are written.
ToldStates after(ToldStates told, const StateChanges& changes) {
    for (const auto& row : changes.rows) {
        told.insert_or_assign(row.address, row.state);
    }
    for (const auto& address : changes.gone) {
        told.erase(address);
    }
    return told;
}

TEST(StateBoard, TellsEachWorkerOnceAndNothingOfAnIdlePass) {
    const auto report =
        pass({node(kFirst, NodeState::active), node(kSecond, NodeState::blocked, "is not empty")});
    const auto changes = state_changes({}, report, kNow);
    ASSERT_EQ(changes.rows.size(), 2U);
    EXPECT_EQ(changes.rows[1].address, kSecond);
    EXPECT_EQ(changes.rows[1].state.state, "blocked");
    EXPECT_EQ(changes.rows[1].state.standing, "dirty");
    EXPECT_EQ(changes.rows[1].state.reason, "is not empty");
    EXPECT_EQ(changes.rows[1].age, seconds(7));
    const auto idle = state_changes(after({}, changes), report, kNow + seconds(10));
    EXPECT_THAT(idle.rows, IsEmpty());
    EXPECT_THAT(idle.gone, IsEmpty());
}

TEST(StateBoard, TellsEveryDifference) {
    const auto before = pass({node(kFirst, NodeState::blocked, "is not empty")});
    const auto told = after({}, state_changes({}, before, kNow));
    const auto differs = [&](auto&& change) {
        auto report = before;
        change(report.nodes[0]);
        return state_changes(told, report, kNow).rows.size();
    };
    EXPECT_EQ(differs([](NodeReport&) {}), 0U);
    EXPECT_EQ(differs([](NodeReport& n) { n.since = kNow; }), 0U);
    EXPECT_EQ(differs([](NodeReport& n) { n.state = NodeState::lost; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.standing.reset(); }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.reason = "else"; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.alarm = true; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.desired = false; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.node_id = 2; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.identity = Identity{"1", "a"}; }), 1U);
}

TEST(StateBoard, ForgetsWhoIsGone) {
    const auto told = after({}, state_changes({}, pass({node(kFirst, NodeState::active)}), kNow));
    const auto changes = state_changes(told, pass({}), kNow);
    EXPECT_THAT(changes.gone, ElementsAre(kFirst));
    EXPECT_THAT(after(told, changes), IsEmpty());
}

TEST(StateBoard, KeepsWhatItSaidOfOneThatWasNotLookedAt) {
    const auto told = after({}, state_changes({}, pass({node(kFirst, NodeState::active)}), kNow));
    const auto changes = state_changes(told, pass({node(kFirst, NodeState::absent)}), kNow);
    EXPECT_THAT(changes.rows, IsEmpty());
    EXPECT_THAT(changes.gone, IsEmpty());
}

TEST(StateBoard, TellsWhatHoldsEverythingUpAsTheReasonOfEach) {
    auto report = pass({node(kFirst, NodeState::adding)});
    report.stopped = "coordinator metadata lost?";
    const auto changes = state_changes({}, report, kNow);
    ASSERT_EQ(changes.rows.size(), 1U);
    EXPECT_EQ(changes.rows[0].state.reason, "coordinator metadata lost?");
    EXPECT_TRUE(changes.rows[0].state.alarm);
}

TEST(Usurper, IsWhoStandsInTheKnownPlaceOfAnother) {
    CoordinatorsWord wiped;
    wiped.state = "lost";
    wiped.standing = "wiped";
    wiped.registered = true;
    wiped.same_server = true;
    EXPECT_TRUE(is_usurper(wiped));

    // The right node, which lacks shards.
    auto incomplete = wiped;
    incomplete.recorded_server = true;
    EXPECT_FALSE(is_usurper(incomplete));
    // Somebody else was found under the name, or nobody.
    auto other = wiped;
    other.same_server = false;
    EXPECT_FALSE(is_usurper(other));
    other.same_server.reset();
    EXPECT_FALSE(is_usurper(other));
    // It has been removed meanwhile.
    auto removed = wiped;
    removed.registered = false;
    EXPECT_FALSE(is_usurper(removed));
    // Whatever it is instead, as long as that is certain.
    for (const Standing standing : {Standing::self, Standing::clone, Standing::dirty,
                                    Standing::moved, Standing::duplicate, Standing::foreign}) {
        auto another = wiped;
        another.standing = standing_word(standing);
        EXPECT_TRUE(is_usurper(another)) << standing_word(standing);
        another.state = "suspect";
        EXPECT_FALSE(is_usurper(another)) << standing_word(standing);
    }
    // A member of a cluster that has no records.
    auto disabled = wiped;
    disabled.state = "blocked";
    disabled.standing = "member";
    EXPECT_FALSE(is_usurper(disabled));
    // The recorded server with an older state of its data.
    auto stale = incomplete;
    stale.standing = "stale";
    EXPECT_TRUE(is_usurper(stale));
}

}  // namespace
}  // namespace citus_init::citus
