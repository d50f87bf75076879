#include "upgrade/obstacles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::upgrade {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ClusterFacts good_facts() {
    ClusterFacts facts;
    facts.databases = {{"postgres", {{"plpgsql", "1.0"}, {"citus", "13.2-1"}}},
                       {"app", {{"plpgsql", "1.0"}}}};
    return facts;
}

UpgradeTarget good_target() {
    UpgradeTarget target;
    target.from_major = 15;
    target.to_major = 17;
    target.extensions = {"plpgsql", "citus"};
    target.old_citus = "13.2-1";
    target.new_citus = "13.2-1";
    target.rooms = {{"/data", 1000, 1000}};
    return target;
}

TEST(Obstacles, AreNoneForALikeCluster) {
    EXPECT_THAT(obstacles(good_facts(), good_target()), IsEmpty());
}

TEST(Obstacles, AreAllReported) {
    auto facts = good_facts();
    facts.prepared_transactions = {"citus_0_1_2_3"};
    facts.logical_slots = {"orders"};
    facts.invalid_databases = {"half"};
    facts.databases[1].extensions.emplace_back("postgis", "3.4");
    auto target = good_target();
    target.rooms = {{"/data", 5, 5}, {"/ts", 3 << 20U, 2 << 20U}};
    target.new_citus = "14.0-1";
    target.mount_points = {"/data/pg_wal"};
    target.taken_tablespaces = {"/ts/PG_17_202406281"};
    EXPECT_THAT(
        obstacles(facts, target),
        ElementsAre(HasSubstr("prepared transactions (citus_0_1_2_3)"),
                    HasSubstr("logical replication slots (orders)"),
                    HasSubstr("database half is invalid"),
                    HasSubstr("extension postgis of the database app"),
                    AllOf(HasSubstr("Citus 13.2-1"), HasSubstr("First update Citus to 14.0 "
                                                               "on PostgreSQL 15")),
                    HasSubstr("needs 3 MB in the file system of \"/ts\", and 2 MB are free"),
                    HasSubstr("/data/pg_wal"), HasSubstr("/ts/PG_17_202406281")));
}

TEST(Obstacles, CountColumnsThatAnOlderMinorReleaseDoesNotKnow) {
    auto facts = good_facts();
    auto target = good_target();
    target.knows_attribute_versions = false;
    EXPECT_THAT(obstacles(facts, target), IsEmpty());
    facts.databases[0].has_attribute_versions = true;
    EXPECT_THAT(obstacles(facts, target),
                ElementsAre(AllOf(HasSubstr("of the database postgres have \"pg_attver\""),
                                  HasSubstr("older than that of PostgreSQL 15"))));
    target.knows_attribute_versions = true;
    EXPECT_THAT(obstacles(facts, target), IsEmpty());
}

TEST(Obstacles, DoNotCountASecondBuildOfTheSameRelease) {
    auto target = good_target();
    target.new_citus = "13.2-2";
    EXPECT_THAT(obstacles(good_facts(), target), IsEmpty());
}

TEST(Obstacles, CountALibraryThatTheOldServerCannotLoad) {
    auto target = good_target();
    target.old_citus = "12.1-1";
    EXPECT_THAT(obstacles(good_facts(), target),
                ElementsAre(HasSubstr("the library beside the programs of PostgreSQL 15 is 12.1")));
}

// pg_upgrade takes them along.
TEST(Obstacles, AreNoSlotsFrom17On) {
    auto facts = good_facts();
    facts.logical_slots = {"orders"};
    auto target = good_target();
    target.from_major = 17;
    target.to_major = 18;
    EXPECT_THAT(obstacles(facts, target), IsEmpty());
}

}  // namespace
}  // namespace citus_init::upgrade
