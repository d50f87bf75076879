#include "upgrade/room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::upgrade {
namespace {

using postgres::Scratch;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

auto is_room(const std::string& directory, std::uint64_t needed) {
    return AllOf(Field("directory", &Room::directory, directory),
                 Field("needed", &Room::needed, needed));
}

TEST(Rooms, AreOneForEachFileSystem) {
    const Scratch scratch;
    scratch.make_directory("work");
    scratch.make_directory("ts");
    const auto rooms =
        rooms_of({{scratch / "work", 100}, {"/proc", 7}, {scratch / "ts", 20}, {"/proc/1", 1}});
    EXPECT_THAT(rooms, ElementsAre(is_room(scratch / "work", 120), is_room("/proc", 8)));
    EXPECT_GT(rooms[0].free, 0U);
    EXPECT_EQ(rooms[1].free, 0U);
}

TEST(Rooms, HaveNothingFreeWhereTheDirectoryIsMissing) {
    EXPECT_THAT(rooms_of({{"/none", 7}}), ElementsAre(is_room("/none", 7)));
    EXPECT_EQ(rooms_of({{"/none", 7}})[0].free, 0U);
}

TEST(WrittenByUpgrade, CountsTablespacesWhereTheyAre) {
    const Scratch scratch;
    scratch.write("ts/PG_15_202209061/5/16384", std::string(300, 'x'));
    scratch.write("ts/PG_14_202107181/5/16384", "of another cluster");
    ClusterFacts facts;
    facts.bytes = 1000;
    facts.tablespaces = {scratch / "ts"};
    const auto directories = UpgradeDirectories::of(scratch / "data", "");
    const auto cloned = written_by_upgrade(directories, facts, 15, /*copies=*/false);
    ASSERT_EQ(cloned.size(), 1U);
    const auto copied = written_by_upgrade(directories, facts, 15, /*copies=*/true);
    ASSERT_EQ(copied.size(), 2U);
    EXPECT_EQ(copied[0].bytes, cloned[0].bytes + 700);
    EXPECT_EQ(copied[1].directory, scratch / "ts");
    EXPECT_EQ(copied[1].bytes, 300U);
}

}  // namespace
}  // namespace citus_init::upgrade
