#include "citus_init/postgres/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kData = "/data";

DataDirectoryContent inspect(const Scratch& scratch) {
    return inspect_data_directory(RootedFilesystem(scratch.path()), kData).value();
}

BootstrapMarker marker_at(BootstrapPhase phase) {
    BootstrapMarker marker;
    marker.phase = phase;
    marker.program_version = "0.1.0";
    marker.postgres_major = 15;
    marker.wal_directory = "/wal";
    marker.created = "2026-01-02T03:04:05Z";
    return marker;
}

TEST(DataDirectory, MayBeAbsentOrEmpty) {
    const Scratch scratch;
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(AbsentDirectory{}));
    scratch.make_directory(kData);
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(EmptyDirectory{}));
}

TEST(DataDirectory, IsAClusterWithVersionAndControlFile) {
    const Scratch scratch;
    scratch.write("/data/PG_VERSION", "15\n");
    scratch.write("/data/global/pg_control", "x");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(Cluster{15}));
    scratch.write("/data/PG_VERSION", "9.6\n");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(Cluster{9}));
}

TEST(DataDirectory, WithoutControlFileIsAnInitdbThatDied) {
    const Scratch scratch;
    scratch.write("/data/PG_VERSION", "15\n");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(IncompleteCluster{}));
}

TEST(DataDirectory, WithOurMarkerIsHalfMadeWhateverElseIsThere) {
    const Scratch scratch;
    const auto marker = marker_at(BootstrapPhase::prepare);
    scratch.write("/data/citus_init.bootstrap.json", bootstrap_marker_text(marker));
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(IncompleteCluster{true, marker}));
    scratch.write("/data/PG_VERSION", "15\n");
    scratch.write("/data/global/pg_control", "x");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(IncompleteCluster{true, marker}));
    scratch.write("/data/citus_init.bootstrap.json", "{");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(IncompleteCluster{true, std::nullopt}));
}

TEST(DataDirectory, WithTheFirstMarkerHalfWrittenIsOurs) {
    const Scratch scratch;
    scratch.write("/data/citus_init.bootstrap.json.tmp", "{");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(IncompleteCluster{true, BootstrapMarker{}}));
}

TEST(DataDirectory, ForeignContentFollowsInitdbsRule) {
    const Scratch scratch;
    scratch.make_directory("/data/lost+found");
    scratch.write("/data/.keep", "");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(ForeignContent{".keep", true}));
    scratch.write("/data/notes", "");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(ForeignContent{"notes", false}));
    scratch.write("/data/PG_VERSION", "");  // empty counts as none
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(ForeignContent{"PG_VERSION", false}));
}

TEST(DataDirectory, ThatIsAFileOrHasNoVersionNumberIsAnError) {
    const Scratch scratch;
    const RootedFilesystem files(scratch.path());
    scratch.write("/file", "");
    EXPECT_EQ(inspect_data_directory(files, "/file").error().code, ExitCode::cannot_create);
    scratch.write("/data/PG_VERSION", "garbage\n");
    EXPECT_EQ(inspect_data_directory(files, kData).error().code, ExitCode::data_directory);
}

Result<StartAction> decide(const DataDirectoryContent& content, bool redo = false) {
    return decide_start(content, "/data", {15, redo});
}

TEST(DecideStart, InitialisesWhatIsEmpty) {
    EXPECT_EQ(decide(AbsentDirectory{}), StartAction::initialise);
    EXPECT_EQ(decide(EmptyDirectory{}), StartAction::initialise);
}

TEST(DecideStart, StartsAClusterOfItsOwnVersionOnly) {
    EXPECT_EQ(decide(Cluster{15}), StartAction::start_existing);
    const auto older = decide(Cluster{14});
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, ExitCode::data_directory);
    EXPECT_THAT(older.error().message, HasSubstr("PostgreSQL 14"));
    EXPECT_THAT(older.error().message, HasSubstr("PostgreSQL 15"));
    EXPECT_THAT(older.error().message, HasSubstr("pg_upgrade"));
}

TEST(DecideStart, RedoesABootstrapThatHoldsNothingOfTheUsers) {
    for (const auto phase : {BootstrapPhase::initdb, BootstrapPhase::prepare}) {
        EXPECT_EQ(decide(IncompleteCluster{true, marker_at(phase)}), StartAction::redo_bootstrap);
    }
}

TEST(DecideStart, AsksBeforeItErasesWhatInitScriptsDid) {
    for (const auto& marker : {std::optional(marker_at(BootstrapPhase::init_scripts)),
                               std::optional<BootstrapMarker>()}) {
        const auto refused = decide(IncompleteCluster{true, marker});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ExitCode::data_directory);
        EXPECT_THAT(refused.error().message, HasSubstr("CITUS_BOOTSTRAP_REDO=true"));
        EXPECT_EQ(decide(IncompleteCluster{true, marker}, true), StartAction::redo_bootstrap);
    }
}

TEST(DecideStart, NeverErasesWhatIsNotOurs) {
    for (const bool redo : {false, true}) {
        EXPECT_EQ(decide(IncompleteCluster{}, redo).error().code, ExitCode::data_directory);
        for (const auto phase : {BootstrapPhase::initdb, BootstrapPhase::init_scripts}) {
            EXPECT_EQ(decide(IncompleteCluster{true, marker_at(phase), true}, redo).error().code,
                      ExitCode::data_directory);
        }
        EXPECT_EQ(decide(ForeignContent{"notes", false}, redo).error().code,
                  ExitCode::data_directory);
    }
    EXPECT_THAT(decide(ForeignContent{".keep", true}).error().message,
                HasSubstr("root of a file system"));
}

TEST(MountPoints, AreTheFifthFieldWithoutItsEscapes) {
    EXPECT_THAT(mount_points("22 27 0:21 / /proc rw,relatime - proc proc rw\n"
                             "99 27 8:1 /v /a\\040b\\134c rw shared:1 - ext4 /dev/sda rw\n"
                             "short line\n"),
                ElementsAre("/proc", "/a b\\c"));
    EXPECT_THAT(mount_points("1 2 3 / /x\\04 rw\n"), ElementsAre("/x\\04"));
    EXPECT_THAT(mount_points("1 2 3 / /x\\999 rw\n"), ElementsAre("/x\\999"));
}

TEST(OlderLayouts, AreLookedForOnlyFromTheVersionedDirectory) {
    const Scratch scratch;
    const RootedFilesystem files(scratch.path());
    scratch.write("/var/lib/postgresql/data/PG_VERSION", "17\n");
    scratch.write("/var/lib/postgresql/17/docker/PG_VERSION", "17\n");
    EXPECT_TRUE(check_older_layouts(files, "/var/lib/postgresql/data", 18, ""));
    EXPECT_TRUE(check_older_layouts(files, "/var/lib/postgresql/17/docker", 18, ""));
    const auto refused = check_older_layouts(files, "/var/lib/postgresql/18/docker", 18, "");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::data_directory);
    EXPECT_THAT(refused.error().message, HasSubstr("/var/lib/postgresql/data\n"));
    EXPECT_THAT(refused.error().message, HasSubstr("/var/lib/postgresql/17/docker\n"));
}

TEST(OlderLayouts, TakeAMountAtTheOldPlaceForOneSince18) {
    const Scratch scratch;
    const RootedFilesystem files(scratch.path());
    const std::string mountinfo = "9 2 8:1 / /var/lib/postgresql/data rw - ext4 /dev/sda rw\n";
    const auto refused = check_older_layouts(files, "/var/lib/postgresql/18/docker", 18, mountinfo);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("(unused mount/volume)"));
    EXPECT_TRUE(check_older_layouts(files, "/var/lib/postgresql/17/docker", 17, mountinfo));
    EXPECT_TRUE(check_older_layouts(files, "/var/lib/postgresql/18/docker", 18, ""));
}

}  // namespace
}  // namespace citus_init::postgres
