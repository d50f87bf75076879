#include "overview/query_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::overview {
namespace {

using monitor::RunningQuery;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kOnCoordinator = 10'000'000'000;  // node 1

RunningQuery query(std::int64_t pid, double seconds, std::vector<std::int64_t> blocked_by = {}) {
    RunningQuery query;
    query.pid = pid;
    query.database = "app";
    query.role = "alice";
    query.state = "active";
    query.seconds = seconds;
    query.waits_for = blocked_by.empty() ? "" : "Lock: transactionid";
    query.blocked_by = std::move(blocked_by);
    query.text = "UPDATE t";
    return query;
}

// A part of what process `pid` of node 1 runs.
RunningQuery part_of(std::int64_t pid, RunningQuery part) {
    part.application_name = "citus_internal gpid=" + std::to_string(kOnCoordinator + pid);
    part.role = "internal";
    part.text = "UPDATE t_102008";
    return part;
}

TEST(QueryList, IsOfProcessIdsWithoutACluster) {
    const auto rows = query_list({{"this node", 0, {query(7, 3), query(8, 5, {7})}}});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].id, 8) << "the longest first";
    EXPECT_THAT(rows[0].blocked_by, ElementsAre(7));
    EXPECT_EQ(rows[0].waits_for, "Lock: transactionid on this node");
    EXPECT_EQ(rows[1].blocks, 1);
}

TEST(QueryList, HasOneRowForAStatementAndItsParts) {
    const auto rows = query_list({{"c", 1, {query(7, 3)}},
                                  {"w1", 2, {part_of(7, query(70, 2))}},
                                  {"w2", 3, {part_of(7, query(71, 4))}}});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, kOnCoordinator + 7);
    EXPECT_THAT(rows[0].nodes, ElementsAre("c", "w1", "w2"));
    EXPECT_EQ(rows[0].text, "UPDATE t");
    EXPECT_EQ(rows[0].role, "alice");
    EXPECT_EQ(rows[0].seconds, 4);
}

TEST(QueryList, ShowsWhoWaitsForWhomAcrossNodes) {
    const auto rows =
        query_list({{"c", 1, {query(7, 9), query(8, 3)}},
                    {"w1", 2, {part_of(8, query(80, 3, {70})), part_of(7, query(70, 9))}}});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].id, kOnCoordinator + 7);
    EXPECT_EQ(rows[0].blocks, 1);
    EXPECT_THAT(rows[0].blocked_by, IsEmpty());
    EXPECT_EQ(rows[1].id, kOnCoordinator + 8);
    EXPECT_THAT(rows[1].blocked_by, ElementsAre(kOnCoordinator + 7));
    EXPECT_EQ(rows[1].waits_for, "Lock: transactionid on w1");
}

TEST(QueryList, ShowsAPartWhoseClientIsNotKnown) {
    const auto rows = query_list({{"w1", 2, {part_of(7, query(70, 9))}}});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, kOnCoordinator + 7);
    EXPECT_THAT(rows[0].nodes, ElementsAre("w1"));
    EXPECT_EQ(rows[0].text, "UPDATE t_102008");
}

TEST(QueryList, PutsTheNodeOfTheClientFirst) {
    const auto rows = query_list({{"w1", 2, {part_of(7, query(70, 9))}}, {"c", 1, {query(7, 9)}}});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_THAT(rows[0].nodes, ElementsAre("c", "w1"));
    EXPECT_EQ(rows[0].text, "UPDATE t");
}

TEST(QueryList, DoesNotTakeAnApplicationsNameForCitus) {
    auto forged = query(9, 2);
    forged.application_name = "app gpid=10000000007";
    EXPECT_EQ(query_list({{"c", 1, {forged}}})[0].id, kOnCoordinator + 9);
}

TEST(QueryList, ShowsAPreparedTransaction) {
    const auto rows = query_list({{"c", 1, {query(7, 9, {0})}}});
    EXPECT_TRUE(rows[0].blocked_by_prepared);
    EXPECT_THAT(rows[0].blocked_by, IsEmpty());
}

TEST(QueryList, IsNotBlockedByItself) {
    const auto rows =
        query_list({{"w1", 2, {part_of(7, query(70, 9, {71})), part_of(7, query(71, 9))}}});
    EXPECT_THAT(rows[0].blocked_by, IsEmpty());
    EXPECT_EQ(rows[0].blocks, 0);
}

TEST(WithoutPassword, HidesWhatFollowsTheWord) {
    EXPECT_EQ(without_password("ALTER ROLE a\n  PASSWORD 'geheim' LOGIN"),
              "ALTER ROLE a PASSWORD ***");
    EXPECT_EQ(without_password("CREATE USER a PASSWORD\t$$geheim$$"), "CREATE USER a PASSWORD ***");
    EXPECT_EQ(without_password("SELECT dblink('host=h password=geheim', 'x')"),
              "SELECT dblink('host=h password=***', 'x')");
    EXPECT_EQ(without_password("SELECT password_hash, old_password FROM t"),
              "SELECT password_hash, old_password FROM t");
}

}  // namespace
}  // namespace citus_init::overview
