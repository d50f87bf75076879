#include "citus_init/postgres/bootstrap_marker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::ElementsAre;

TEST(BootstrapMarker, SurvivesWritingAndReading) {
    for (const auto phase :
         {BootstrapPhase::initdb, BootstrapPhase::prepare, BootstrapPhase::init_scripts}) {
        const BootstrapMarker marker{phase, "0.1.0", 15, "/wal \"x\"", "2026-01-02T03:04:05Z"};
        EXPECT_EQ(parse_bootstrap_marker(bootstrap_marker_text(marker)).value(), marker);
    }
    BootstrapMarker known;
    known.system_identifier = 7577777777777777777;
    EXPECT_EQ(parse_bootstrap_marker(bootstrap_marker_text(known)).value(), known);
    EXPECT_EQ(parse_bootstrap_marker(R"({"phase": "prepare"})").value().system_identifier,
              std::nullopt)
        << "of an older version";
}

TEST(BootstrapMarker, RefusesWhatIsNone) {
    for (const char* text : {"", "{", "[]", "{}", R"({"phase": "done"})", R"({"phase": 1})"}) {
        EXPECT_FALSE(parse_bootstrap_marker(text)) << text;
    }
}

TEST(BootstrapMarker, AdvancesInPlaceAndGoes) {
    const Scratch scratch;
    BootstrapMarker marker;
    ASSERT_TRUE(write_bootstrap_marker(scratch.path(), marker));
    marker.phase = BootstrapPhase::init_scripts;
    ASSERT_TRUE(write_bootstrap_marker(scratch.path(), marker));
    EXPECT_EQ(parse_bootstrap_marker(scratch.read("citus_init.bootstrap.json")).value(), marker);
    ASSERT_TRUE(remove_bootstrap_marker(scratch.path()));
    ASSERT_TRUE(remove_bootstrap_marker(scratch.path()));
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(WalEntry, IsWhatPostgresqlMakes) {
    for (const char* name : {"000000010000000000000001", "000000010000000A000000FF.partial",
                             "00000002.history", "archive_status", "summaries", "xlogtemp.123"}) {
        EXPECT_TRUE(is_wal_entry(name)) << name;
    }
    for (const char* name : {"", "notes", "00000001", "lost+found", "00000001000000000000000",
                             "00000001000000000000000g"}) {
        EXPECT_FALSE(is_wal_entry(name)) << name;
    }
}

TEST(DiscardBootstrap, LeavesBothDirectoriesAsTheyWere) {
    const Scratch scratch;
    ASSERT_TRUE((scratch.make_directory("data"), scratch.exists("data")));
    scratch.write("data/citus_init.initdb/base/1/112", "x");
    scratch.write("data/PG_VERSION", "15\n");
    scratch.write("wal/000000010000000000000001", "x");
    scratch.make_directory("wal/archive_status");
    scratch.write("wal/README", "mine");
    std::filesystem::create_directory_symlink(scratch / "wal", scratch / "data/pg_wal");
    ASSERT_TRUE(write_bootstrap_marker(scratch / "data", {}));
    ASSERT_TRUE(discard_bootstrap(scratch / "data", scratch / "wal", 15));
    EXPECT_TRUE(std::filesystem::is_empty(scratch / "data"));
    EXPECT_THAT(RealFilesystem().list(scratch / "wal").value(), ElementsAre("README"));
}

TEST(DiscardBootstrap, EmptiesTheTablespacesOfItsOwnVersion) {
    const Scratch scratch;
    scratch.make_directory("data/pg_tblspc");
    scratch.write("space/PG_15_202209061/5/16400", "x");
    scratch.write("space/PG_14_202107181/5/16400", "another cluster's");
    std::filesystem::create_directory_symlink(scratch / "space", scratch / "data/pg_tblspc/16399");
    ASSERT_TRUE(discard_bootstrap(scratch / "data", "", 15));
    EXPECT_THAT(RealFilesystem().list(scratch / "space").value(), ElementsAre("PG_14_202107181"));
}

TEST(DiscardBootstrap, NeverFollowsASymlink) {
    const Scratch scratch;
    scratch.make_directory("data");
    scratch.write("elsewhere/000000010000000000000001", "mine");
    std::filesystem::create_directory_symlink(scratch / "elsewhere", scratch / "data/pg_wal");
    ASSERT_TRUE(discard_bootstrap(scratch / "data", "", 15));
    EXPECT_TRUE(scratch.exists("elsewhere/000000010000000000000001"));
}

}  // namespace
}  // namespace citus_init::postgres
