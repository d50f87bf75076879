#include "citus_init/postgres/restore_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/postgres/adopted_directory.h"
#include "citus_init/postgres/data_directory.h"

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using testing::HasSubstr;

RestoreRecord record(RestorePhase phase = RestorePhase::recovering) {
    RestoreRecord made;
    made.phase = phase;
    made.point = "before";
    made.target = "before.0011aabb";
    made.stanza = "shop-1";
    made.label = "20261129-125425F";
    made.group = 1;
    made.timeline = 2;
    made.system_identifier = "18446744073709551615";
    made.has_citus = true;
    made.groups = {{0, {"c", 5432}, "70"}, {1, {"fd00::1", 65535}, "18446744073709551615"}};
    made.program_version = "0.3.0";
    made.created = "2026-11-29T12:00:00Z";
    return made;
}

TEST(RestoreRecord, IsReadAsItWasWritten) {
    for (const auto phase : {RestorePhase::replacing, RestorePhase::files, RestorePhase::moving,
                             RestorePhase::recovering, RestorePhase::settling}) {
        auto written = record(phase);
        written.is_ordered = phase == RestorePhase::files;
        written.to_end_of_wal = phase == RestorePhase::moving;
        const auto read = parse_restore_record(restore_record_text(written));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, written);
    }
}

TEST(RestoreRecord, ThatIsOrderedNeedsThePointAndTheClusterOnly) {
    RestoreRecord ordered;
    ordered.phase = RestorePhase::replacing;
    ordered.point = "before";
    ordered.system_identifier = "70";
    ordered.is_ordered = true;
    EXPECT_EQ(parse_restore_record(restore_record_text(ordered)).value(), ordered);
    for (const auto field : {&RestoreRecord::point, &RestoreRecord::system_identifier}) {
        auto incomplete = ordered;
        incomplete.*field = "";
        EXPECT_FALSE(parse_restore_record(restore_record_text(incomplete)));
    }
    ordered.phase = RestorePhase::files;
    EXPECT_FALSE(parse_restore_record(restore_record_text(ordered)));
}

TEST(RestoreRecord, WaitsForTheClusterUnlessThatLives) {
    auto restored = record();
    EXPECT_TRUE(restored.waits_for_cluster());
    restored.to_end_of_wal = true;
    EXPECT_FALSE(restored.waits_for_cluster());
    restored = record();
    restored.has_citus = false;
    EXPECT_FALSE(restored.waits_for_cluster());
}

TEST(RestoreRecord, ThatLacksSomethingIsNone) {
    for (const auto field : {&RestoreRecord::point, &RestoreRecord::target, &RestoreRecord::stanza,
                             &RestoreRecord::label, &RestoreRecord::system_identifier}) {
        auto incomplete = record();
        incomplete.*field = "";
        const auto read = parse_restore_record(restore_record_text(incomplete));
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, ExitCode::data_directory);
        EXPECT_THAT(read.error().message, HasSubstr("Empty the data directory"));
    }
    for (const char* text : {"", "[]", "{}", "{\"phase\": \"later\"}", "{\"phase\": 1"}) {
        EXPECT_FALSE(parse_restore_record(text)) << text;
    }
}

class RestoredDirectory : public testing::Test {
  protected:
    DataDirectoryContent content() const {
        return inspect_data_directory(RootedFilesystem(scratch_.path()), "/data").value();
    }
    void write_record(RestorePhase phase) const {
        scratch_.write("/data/citus_init.restore.json", restore_record_text(record(phase)));
    }
    void write_cluster(const std::string& directory) const {
        scratch_.write(directory + "/PG_VERSION", "15\n");
        scratch_.write(directory + "/global/pg_control", "");
    }

    Scratch scratch_;
};

TEST_F(RestoredDirectory, IsToBeRestoredUntilItsFilesAreInPlace) {
    write_record(RestorePhase::files);
    EXPECT_EQ(content(), DataDirectoryContent(UnfinishedRestore{record(RestorePhase::files)}));
    EXPECT_EQ(decide_start(content(), "/data", {15, false}).value(), StartAction::restore);
    write_cluster("/data");
    for (const auto phase : {RestorePhase::replacing, RestorePhase::moving}) {
        write_record(phase);
        EXPECT_EQ(decide_start(content(), "/data", {15, false}).value(), StartAction::restore);
    }
    for (const auto phase : {RestorePhase::recovering, RestorePhase::settling}) {
        write_record(phase);
        EXPECT_EQ(content(), DataDirectoryContent(Cluster{15}));
    }
}

TEST_F(RestoredDirectory, WithTheFirstRecordHalfWrittenIsEmpty) {
    scratch_.write("/data/citus_init.restore.json.tmp", "{");
    EXPECT_EQ(content(), DataDirectoryContent(EmptyDirectory{}));
}

TEST_F(RestoredDirectory, WithARecordThatCannotBeReadIsAnError) {
    scratch_.write("/data/citus_init.restore.json", "{");
    EXPECT_EQ(inspect_data_directory(RootedFilesystem(scratch_.path()), "/data").error().code,
              ExitCode::data_directory);
}

TEST_F(RestoredDirectory, IsAdoptedFromWhereverItWasCutOff) {
    const std::string data = scratch_.path() + "/data";
    write_cluster("/data/citus_init.restore");
    scratch_.write("/data/base", "moved before");
    ASSERT_TRUE(adopt_directory(data, kRestoreDirectoryName));
    EXPECT_EQ(content(), DataDirectoryContent(Cluster{15}));
    // All moved, the subdirectory left.
    scratch_.make_directory("/data/citus_init.restore");
    ASSERT_TRUE(adopt_directory(data, kRestoreDirectoryName));
    ASSERT_TRUE(adopt_directory(data, kRestoreDirectoryName));
    EXPECT_FALSE(RealFilesystem().exists(data + "/citus_init.restore"));
}

TEST_F(RestoredDirectory, IsSetAsideFromWhereverThatWasCutOff) {
    const std::string data = scratch_.path() + "/data";
    const RealFilesystem files;
    write_record(RestorePhase::replacing);
    write_cluster("/data");
    scratch_.write("/data/citus_init.restore/base", "moved before");
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(set_aside_cluster(data, kRestoreDirectoryName, kRestoreRecordName));
        EXPECT_THAT(files.list(data).value(),
                    testing::UnorderedElementsAre(kRestoreDirectoryName, kRestoreRecordName));
        EXPECT_THAT(files.list(data + "/citus_init.restore").value(),
                    testing::UnorderedElementsAre("PG_VERSION", "base", "global"));
    }
    ASSERT_TRUE(adopt_directory(data, kRestoreDirectoryName));
    EXPECT_TRUE(files.exists(data + "/global/pg_control"));
}

}  // namespace
}  // namespace citus_init::postgres
