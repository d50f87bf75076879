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

TEST(DataDirectory, WithAnotherFirstRecordHalfWrittenIsEmpty) {
    for (const char* name : {"citus_init.restore.json.tmp", "citus_init.upgrade.json.tmp"}) {
        const Scratch scratch;
        scratch.write(std::string("/data/") + name, "{");
        EXPECT_EQ(inspect(scratch), DataDirectoryContent(EmptyDirectory{})) << name;
    }
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

UpgradeRecord record_at(UpgradePhase phase, bool linked = false) {
    return {phase, 15, 17, "", linked, true, "7:0badcafe", "0.2.0", "2026-01-02T03:04:05Z"};
}

TEST(UpgradeRecord, IsReadAsItWasWritten) {
    for (const auto phase : {UpgradePhase::begun, UpgradePhase::upgraded, UpgradePhase::moving_old,
                             UpgradePhase::moving_new}) {
        auto record = record_at(phase, true);
        record.old_directory = "/var/lib/postgresql/data";
        EXPECT_EQ(parse_upgrade_record(upgrade_record_text(record)).value(), record);
    }
    for (const char* text : {"", "{}", R"({"phase":"begun","from_major":17,"to_major":15})",
                             R"({"phase":"later","from_major":15,"to_major":17})"}) {
        EXPECT_EQ(parse_upgrade_record(text).error().code, ExitCode::data_directory) << text;
    }
}

TEST(DataDirectory, WithAnUpgradeRecordIsBetweenTwoVersions) {
    const Scratch scratch;
    const auto record = record_at(UpgradePhase::moving_old);
    scratch.write("/data/citus_init.upgrade.json", upgrade_record_text(record));
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(UnfinishedUpgrade{record}));
    scratch.write("/data/PG_VERSION", "15\n");
    scratch.write("/data/global/pg_control", "x");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(UnfinishedUpgrade{record}));
    scratch.write("/data/citus_init.upgrade.json", "{");
    EXPECT_FALSE(inspect_data_directory(RootedFilesystem(scratch.path()), kData));
}

TEST(DataDirectory, KnowsWhatPgUpgradeLeaves) {
    const Scratch scratch;
    scratch.write("/data/PG_VERSION", "15\n");
    scratch.write("/data/global/pg_control.old", "x");
    IncompleteCluster linked;
    linked.is_linked_away = true;
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(linked));
    scratch.write("/data/global/pg_control", "x");
    scratch.make_directory("/data/pg_upgrade_output.d");
    EXPECT_EQ(inspect(scratch), DataDirectoryContent(Cluster{15, true}));
}

TEST(DecideStart, UpgradesAnOlderClusterWhereItMay) {
    EXPECT_EQ(decide_start(Cluster{15}, kData, {17, false, true}).value(), StartAction::upgrade);
    EXPECT_THAT(decide_start(Cluster{15}, kData, {17}).error().message,
                HasSubstr("set CITUS_PG_UPGRADE=true"));
    const auto newer = decide_start(Cluster{17}, kData, {15, false, true});
    ASSERT_FALSE(newer);
    EXPECT_THAT(newer.error().message, HasSubstr("no pg_upgrade to an older version"));
    const auto failed = decide_start(Cluster{17, true}, kData, {17, false, true});
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("pg_upgrade_output.d"));
}

TEST(DecideStart, GoesOnOrGoesBackAfterAnUpgradeThatWasCutOff) {
    struct Case {
        UpgradePhase phase;
        bool linked;
        int server;
        bool allowed;
        std::optional<StartAction> action;
    };
    using enum UpgradePhase;
    constexpr auto kNone = std::nullopt;
    for (const auto& [phase, linked, server, allowed, action] : {
             Case{begun, false, 17, true, StartAction::upgrade},
             Case{begun, false, 17, false, kNone},
             Case{begun, true, 15, false, StartAction::abandon_upgrade},
             Case{upgraded, false, 17, false, StartAction::upgrade},
             Case{upgraded, false, 15, true, StartAction::abandon_upgrade},
             Case{upgraded, true, 15, true, kNone},
             Case{moving_old, false, 15, true, kNone},
             Case{moving_new, false, 17, false, StartAction::upgrade},
             Case{moving_new, false, 18, true, kNone},
         }) {
        const auto decided = decide_start(UnfinishedUpgrade{record_at(phase, linked)}, kData,
                                          {server, false, allowed});
        EXPECT_EQ(decided ? std::optional(*decided) : std::nullopt, action)
            << upgrade_phase_name(phase) << " " << server;
    }
}

TEST(OlderClusters, AreWholeOnesInThePlacesOfOlderImages) {
    const Scratch scratch;
    const RootedFilesystem files(scratch.path());
    const std::string path = "/var/lib/postgresql/18/docker";
    scratch.write("/var/lib/postgresql/17/docker/PG_VERSION", "17\n");
    EXPECT_TRUE(older_clusters(files, path, 18).empty());  // a part of one
    scratch.write("/var/lib/postgresql/17/docker/global/pg_control", "x");
    const auto found = older_clusters(files, path, 18);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().path, "/var/lib/postgresql/17/docker");
    EXPECT_EQ(found.front().major, 17);
    EXPECT_TRUE(older_clusters(files, "/data", 18).empty());
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
