#include "citus_init/citus/operations/row_counts.h"

#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

ClusterCounts whole() {
    const RowCounts counts{{"pg_dist_shard", 32}, {"public.countries", 200}};
    return {counts, {{"w1:5432", counts}, {"w2:5432", counts}}};
}

TEST(LastingDifferences, AreNoneWhereAllAreAlike) {
    EXPECT_TRUE(lasting_differences(whole(), whole()).empty());
    EXPECT_TRUE(lasting_differences({}, whole()).empty());
    EXPECT_TRUE(lasting_differences(whole(), {}).empty());
}

TEST(LastingDifferences, AreByRelationAndNode) {
    ClusterCounts counts = whole();
    counts.workers["w2:5432"] = {{"pg_dist_shard", 31}, {"public.countries", 199}};
    counts.workers["w1:5432"]["public.countries"] = 0;
    EXPECT_EQ(lasting_differences(counts, counts),
              (std::vector<RowDifference>{{"pg_dist_shard", true, "w2:5432", 32, 31},
                                          {"public.countries", false, "w1:5432", 200, 0},
                                          {"public.countries", false, "w2:5432", 200, 199}}));
}

TEST(LastingDifferences, AreNotThoseOfATableThatIsWritten) {
    ClusterCounts first = whole();
    first.workers["w1:5432"]["public.countries"] = 150;
    ClusterCounts second = first;
    second.workers["w1:5432"]["public.countries"] = 160;  // it is being copied
    EXPECT_TRUE(lasting_differences(first, second).empty());
    second = first;
    second.coordinator["public.countries"] = 201;
    EXPECT_TRUE(lasting_differences(first, second).empty());
}

TEST(LastingDifferences, AreNotThoseOfAWorkerThatReportsNothing) {
    ClusterCounts first = whole();
    first.workers["w1:5432"].clear();
    EXPECT_TRUE(lasting_differences(first, first).empty());
    ClusterCounts second = whole();
    second.workers["w1:5432"]["pg_dist_shard"] = 7;  // its first answer
    EXPECT_TRUE(lasting_differences(first, second).empty());
}

}  // namespace
}  // namespace citus_init::citus
