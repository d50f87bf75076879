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
    for (const auto phase : {RestorePhase::files, RestorePhase::moving, RestorePhase::recovering,
                             RestorePhase::settling}) {
        const auto read = parse_restore_record(restore_record_text(record(phase)));
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, record(phase));
    }
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
    write_record(RestorePhase::moving);
    EXPECT_EQ(decide_start(content(), "/data", {15, false}).value(), StartAction::restore);
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

}  // namespace
}  // namespace citus_init::postgres
