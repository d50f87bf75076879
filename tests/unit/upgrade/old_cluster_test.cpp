#include "upgrade/old_cluster.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/postgres/control_file.h"

#include "unit/postgres/fresh_control_file.h"
#include "unit/postgres/scratch.h"
#include "upgrade/leftovers.h"

namespace citus_init::upgrade {
namespace {

using postgres::fresh_control_file;
using postgres::Scratch;
using postgres::UpgradePhase;
using ::testing::HasSubstr;

std::string control_file_after_a_run() {
    return postgres::control_file_with(fresh_control_file(), {1, {}}).value();
}

postgres::UpgradeRecord record_of(const std::string& old_cluster, UpgradePhase phase) {
    postgres::UpgradeRecord record;
    record.phase = phase;
    record.from_major = 15;
    record.to_major = 17;
    record.old_control = postgres::control_fingerprint(RealFilesystem(), old_cluster).value();
    return record;
}

class OldCluster : public ::testing::Test {
  protected:
    OldCluster() {
        scratch_.write("old/global/pg_control", fresh_control_file());
        record_ = record_of(scratch_ / "old", UpgradePhase::upgraded);
    }

    void run() { scratch_.write("old/global/pg_control", control_file_after_a_run()); }
    bool has_run(UpgradePhase phase, const std::string& data_directory) {
        auto record = record_;
        record.phase = phase;
        return has_old_cluster_run_since(
            RealFilesystem(), UpgradeDirectories::of(scratch_ / data_directory, scratch_ / "old"),
            record);
    }

    Scratch scratch_;
    postgres::UpgradeRecord record_;
};

TEST_F(OldCluster, HasNotRunWhereItsControlFileIsAsRecorded) {
    for (const auto phase : {UpgradePhase::begun, UpgradePhase::upgraded, UpgradePhase::moving_old,
                             UpgradePhase::moving_new}) {
        EXPECT_FALSE(has_run(phase, "old")) << upgrade_phase_name(phase);
        EXPECT_FALSE(has_run(phase, "new")) << upgrade_phase_name(phase);
    }
}

TEST_F(OldCluster, CanRunInTheDataDirectoryUntilItIsMoved) {
    run();
    EXPECT_FALSE(has_run(UpgradePhase::begun, "old"));
    EXPECT_TRUE(has_run(UpgradePhase::upgraded, "old"));
    EXPECT_TRUE(has_run(UpgradePhase::moving_old, "old"));
    EXPECT_FALSE(has_run(UpgradePhase::moving_new, "old"));  // that is the new one's file
}

TEST_F(OldCluster, CanRunInAnotherPlaceAtAnyTime) {
    run();
    EXPECT_FALSE(has_run(UpgradePhase::begun, "new"));
    EXPECT_TRUE(has_run(UpgradePhase::upgraded, "new"));
    EXPECT_TRUE(has_run(UpgradePhase::moving_new, "new"));
}

TEST_F(OldCluster, IsUnknownOnceItIsGone) {
    std::filesystem::remove_all(scratch_ / "old/global");
    EXPECT_FALSE(has_run(UpgradePhase::upgraded, "new"));
    EXPECT_FALSE(has_run(UpgradePhase::moving_old, "old"));
}

// With the record of an upgrade in place.
class KeptCluster : public ::testing::Test {
  protected:
    KeptCluster() {
        scratch_.write("citus_init.old/PG_VERSION", "15");
        scratch_.write("citus_init.old/global/pg_control", fresh_control_file());
        scratch_.write(
            std::string("citus_init.old/") + std::string(postgres::kKeptRecordName),
            upgrade_record_text(record_of(scratch_ / "citus_init.old", UpgradePhase::moving_new)));
    }

    Scratch scratch_;
};

TEST_F(KeptCluster, IsRemovedAsTheUpgradeHasLeftIt) {
    ASSERT_TRUE(remove_kept_cluster(scratch_.path()));
    EXPECT_FALSE(scratch_.exists("citus_init.old"));
}

TEST_F(KeptCluster, IsNotRemovedWhereItHasRunSince) {
    scratch_.write("citus_init.old/global/pg_control", control_file_after_a_run());
    const auto removed = remove_kept_cluster(scratch_.path());
    ASSERT_FALSE(removed);
    EXPECT_THAT(removed.error().message,
                HasSubstr("citus_init.old\" has run since it was upgraded"));
    EXPECT_TRUE(scratch_.exists("citus_init.old/PG_VERSION"));
}

TEST_F(KeptCluster, IsRemovedWhereItsRemovalWasCutOff) {
    std::filesystem::remove(scratch_ / "citus_init.old/PG_VERSION");
    std::filesystem::remove(scratch_ / "citus_init.old/global/pg_control");
    ASSERT_TRUE(remove_kept_cluster(scratch_.path()));
    EXPECT_FALSE(scratch_.exists("citus_init.old"));
}

}  // namespace
}  // namespace citus_init::upgrade
