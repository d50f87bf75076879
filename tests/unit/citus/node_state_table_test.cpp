#include "citus_init/citus/membership/node_state_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const HostPort kOneWorker{"w1", 5432};
const HostPort kOtherWorker{"w2", 5432};
const TimePoint kNow = TimePoint{} + std::chrono::hours(1);

NodeReport node(const HostPort& address, NodeState state, const char* reason = "") {
    NodeReport report;
    report.address = address;
    report.state = state;
    report.node_class = NodeClass::dirty;
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
ReportedStates after(ReportedStates reported, const StateChanges& changes) {
    for (const auto& row : changes.rows) {
        reported.insert_or_assign(row.address, row.state);
    }
    for (const auto& address : changes.gone) {
        reported.erase(address);
    }
    return reported;
}

TEST(NodeStateTable, ReportsEachWorkerOnceAndNothingOfAnIdlePass) {
    const auto report = pass({node(kOneWorker, NodeState::active),
                              node(kOtherWorker, NodeState::blocked, "is not empty")});
    const auto changes = state_changes({}, report, kNow);
    ASSERT_EQ(changes.rows.size(), 2U);
    EXPECT_EQ(changes.rows[1].address, kOtherWorker);
    EXPECT_EQ(changes.rows[1].state.state, "blocked");
    EXPECT_EQ(changes.rows[1].state.node_class, "dirty");
    EXPECT_EQ(changes.rows[1].state.reason, "is not empty");
    EXPECT_EQ(changes.rows[1].age, seconds(7));
    const auto idle = state_changes(after({}, changes), report, kNow + seconds(10));
    EXPECT_THAT(idle.rows, IsEmpty());
    EXPECT_THAT(idle.gone, IsEmpty());
}

TEST(NodeStateTable, ReportsEveryDifference) {
    const auto before = pass({node(kOneWorker, NodeState::blocked, "is not empty")});
    const auto reported = after({}, state_changes({}, before, kNow));
    const auto differs = [&](auto&& change) {
        auto report = before;
        change(report.nodes[0]);
        return state_changes(reported, report, kNow).rows.size();
    };
    EXPECT_EQ(differs([](NodeReport&) {}), 0U);
    EXPECT_EQ(differs([](NodeReport& n) { n.since = kNow; }), 0U);
    EXPECT_EQ(differs([](NodeReport& n) { n.state = NodeState::lost; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.node_class.reset(); }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.reason = "else"; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.alarm = true; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.desired = false; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.node_id = 2; }), 1U);
    EXPECT_EQ(differs([](NodeReport& n) { n.identity = Identity{"1", "a"}; }), 1U);
}

TEST(NodeStateTable, ForgetsWhoIsGone) {
    const auto reported =
        after({}, state_changes({}, pass({node(kOneWorker, NodeState::active)}), kNow));
    const auto changes = state_changes(reported, pass({}), kNow);
    EXPECT_THAT(changes.gone, ElementsAre(kOneWorker));
    EXPECT_THAT(after(reported, changes), IsEmpty());
}

TEST(NodeStateTable, KeepsTheStateOfOneThatWasNotProbed) {
    const auto reported =
        after({}, state_changes({}, pass({node(kOneWorker, NodeState::active)}), kNow));
    const auto changes = state_changes(reported, pass({node(kOneWorker, NodeState::absent)}), kNow);
    EXPECT_THAT(changes.rows, IsEmpty());
    EXPECT_THAT(changes.gone, IsEmpty());
}

TEST(NodeStateTable, ReportsWhatHoldsEverythingUpAsTheReasonOfEach) {
    auto report = pass({node(kOneWorker, NodeState::adding)});
    report.stopped = "coordinator metadata lost?";
    const auto changes = state_changes({}, report, kNow);
    ASSERT_EQ(changes.rows.size(), 1U);
    EXPECT_EQ(changes.rows[0].state.reason, "coordinator metadata lost?");
    EXPECT_TRUE(changes.rows[0].state.alarm);
}

TEST(Impostor, IsWhoStandsInTheKnownPlaceOfAnother) {
    RecordedOwnState wiped;
    wiped.state = "lost";
    wiped.node_class = "wiped";
    wiped.registered = true;
    wiped.same_server = true;
    EXPECT_TRUE(is_impostor(wiped));

    // The right node, which lacks shards.
    auto incomplete = wiped;
    incomplete.recorded_server = true;
    EXPECT_FALSE(is_impostor(incomplete));
    // Somebody else was found under the name, or nobody.
    auto other = wiped;
    other.same_server = false;
    EXPECT_FALSE(is_impostor(other));
    other.same_server.reset();
    EXPECT_FALSE(is_impostor(other));
    // It has been removed meanwhile.
    auto removed = wiped;
    removed.registered = false;
    EXPECT_FALSE(is_impostor(removed));
    // Whatever it is instead, as long as that is certain.
    for (const NodeClass node_class :
         {NodeClass::self, NodeClass::clone, NodeClass::dirty, NodeClass::moved,
          NodeClass::duplicate, NodeClass::foreign}) {
        auto another = wiped;
        another.node_class = node_class_name(node_class);
        EXPECT_TRUE(is_impostor(another)) << node_class_name(node_class);
        another.state = "suspect";
        EXPECT_FALSE(is_impostor(another)) << node_class_name(node_class);
    }
    // A member of a cluster that has no records.
    auto disabled = wiped;
    disabled.state = "blocked";
    disabled.node_class = "member";
    EXPECT_FALSE(is_impostor(disabled));
    // The recorded server with an older state of its data.
    auto stale = incomplete;
    stale.node_class = "stale";
    EXPECT_TRUE(is_impostor(stale));
}

TEST(NodeStateTable, KnowsOlderDataBeforeItIsExamined) {
    RecordedOwnState recorded;
    recorded.state = "active";
    recorded.node_class = "member";
    recorded.registered = true;
    recorded.same_server = true;
    recorded.node_id = 3;
    recorded.system_identifier = "7713575846633630574";
    recorded.furthest = {1, 0x5000000};
    ServerFacts own;
    own.system_identifier = recorded.system_identifier;
    const auto is_noted = [&] {
        auto noted = recorded;
        note_older_data(noted, own);
        return is_impostor(noted) &&
               noted.reason.find("wal_lsn = NULL WHERE nodeid = 3") != std::string::npos;
    };
    own.wal = {1, 0x5000000};
    EXPECT_FALSE(is_noted());
    own.wal = {1, 0x4ffffff};
    EXPECT_TRUE(is_noted());
    // Restored to the end of an archive that lacks the last segment, and promoted there.
    own.wal = {2, 0x6000000};
    own.timeline_ends = {{1, 0x4000000}};
    EXPECT_TRUE(is_noted());
    own.timeline_ends = {{1, 0x5000000}};
    EXPECT_FALSE(is_noted());
    // pg_upgrade makes positions of its own; and of some nothing is known.
    own.timeline_ends = {{1, 0x4000000}};
    own.system_identifier = "1";
    EXPECT_FALSE(is_noted());
    own.system_identifier = recorded.system_identifier;
    recorded.furthest = {};
    EXPECT_FALSE(is_noted());
}

}  // namespace
}  // namespace citus_init::citus
