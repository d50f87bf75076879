#include "citus_init/postgres/creation_record.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_filesystem.h"
#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

// A pg_control that cannot be read counts as of this cluster's time: nothing proves the opposite.
test::FakeFilesystem directory_with(const std::vector<std::string>& names) {
    test::FakeFilesystem files;
    files.add_directory("/data");
    for (const std::string& name : names) {
        files.add_file("/data/" + name, "15\n");
    }
    return files;
}

CreationState state_of(const std::vector<std::string>& names,
                       std::optional<CreationRecord> record = CreationRecord{kNow}) {
    return inspect_creation(directory_with(names), "/data", record);
}

TEST(CreationRecord, IsReadAsWritten) {
    const CreationRecord record{kNow, 1'234'567'890'123'456'789, true};
    EXPECT_EQ(parse_creation_record(creation_record_text(record)), record);
    for (const char* text : {"", "[]", "{", "\xff", "{\"began\": \"x\"}"}) {
        EXPECT_EQ(parse_creation_record(text), CreationRecord{}) << text;
    }
}

TEST(Creation, WithoutARecordIsWholeWithControlAndUnknownWithout) {
    EXPECT_EQ(state_of({"PG_VERSION", "base/1/1259", "pg_xact/0000", "pg_multixact/members/0000",
                        "global/pg_control"},
                       std::nullopt),
              CreationState::complete);
    // A removal that was cut off.
    EXPECT_EQ(
        state_of({"PG_VERSION", "pg_xact/0000", "pg_multixact/members/0000", "global/pg_control"},
                 std::nullopt),
        CreationState::damaged);
    EXPECT_EQ(state_of({}, std::nullopt), CreationState::nothing);
    EXPECT_EQ(state_of({"mail/inbox"}, std::nullopt), CreationState::nothing);
    for (const char* name : {"PG_VERSION", "backup_label", "backup.manifest", "backup_manifest"}) {
        EXPECT_EQ(state_of({name}, std::nullopt), CreationState::damaged) << name;
    }
    EXPECT_EQ(state_of({"base/1/1259", "global/1262"}, std::nullopt), CreationState::damaged);
}

TEST(Creation, LeavesWhatAStartWithoutPatroniHasRecorded) {
    for (const char* name : {"citus_init.bootstrap.json", "citus_init.restore.json",
                             "citus_init.upgrade.json", "global/pg_control.old"}) {
        EXPECT_EQ(state_of({name, "PG_VERSION"}, std::nullopt), CreationState::nothing) << name;
        EXPECT_EQ(state_of({name, "PG_VERSION"}), CreationState::nothing) << name;
    }
}

TEST(Creation, OfACopyEndsWithControl) {
    EXPECT_EQ(state_of({"pg_wal/xlogtemp.1"}), CreationState::interrupted_copy);
    EXPECT_EQ(state_of({"backup_label", "base/1/1259"}), CreationState::interrupted_copy);
    EXPECT_EQ(state_of({"backup_label", "PG_VERSION"}), CreationState::interrupted_copy);
    EXPECT_EQ(state_of({"backup.manifest", "base/1/1259"}), CreationState::interrupted_copy);
    // Not synced yet, or without its WAL: nobody has started it.
    EXPECT_EQ(state_of({"backup_label", "global/pg_control"}), CreationState::interrupted_copy);
    EXPECT_EQ(state_of({"mail/inbox"}), CreationState::nothing);
}

TEST(Creation, OfACopyIsCompleteOnceAServerRanOnIt) {
    EXPECT_EQ(state_of({"backup_label.old", "global/pg_control", "postmaster.opts"}),
              CreationState::complete);
    EXPECT_EQ(state_of({"standby.signal", "global/pg_control", "postmaster.opts"}),
              CreationState::complete);
}

TEST(Creation, OfABootstrapIsKnownByTheStoreAlone) {
    EXPECT_EQ(state_of({"PG_VERSION", "base/1/1259"}), CreationState::interrupted_initdb);
    EXPECT_EQ(state_of({"PG_VERSION", "global/pg_control"}), CreationState::interrupted_initdb);
    EXPECT_EQ(state_of({"PG_VERSION", "global/pg_control", "postmaster.opts"}),
              CreationState::unfinished_bootstrap);
}

TEST(Creation, OfADirectoryThatWasBeingReplacedIsIncompleteWhateverIsLeft) {
    test::FakeFilesystem files =
        directory_with({"PG_VERSION", "postmaster.opts", "standby.signal"});
    FileStatus status;
    status.modified_ns = 77;
    files.add_file("/data/global/pg_control", "", status);
    EXPECT_EQ(inspect_creation(files, "/data", CreationRecord{kNow, 77}),
              CreationState::interrupted_copy);
    // It is another one by now.
    EXPECT_EQ(inspect_creation(files, "/data", CreationRecord{kNow, 76}), CreationState::complete);
}

// With its WAL in a directory of its own.
void make_with_wal(const Scratch& scratch) {
    scratch.write("data/PG_VERSION", "15\n");
    scratch.write("wal/000000010000000000000001", "WAL");
    scratch.write("wal/notes.txt", "the user's");
    std::filesystem::create_directory_symlink(scratch / "wal", scratch / "data/pg_wal");
}

TEST(IncompleteDirectory, TakesThePlaceOfTheOneBeforeAndItsWalIsRemoved) {
    const Scratch scratch;
    make_with_wal(scratch);
    scratch.write("data.failed/older", "");
    const auto aside =
        set_incomplete_aside(scratch / "data", scratch / "wal", CreationState::interrupted_copy);
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_EQ(*aside, scratch / "data.failed");
    EXPECT_FALSE(scratch.exists("data"));
    EXPECT_TRUE(scratch.exists("data.failed/PG_VERSION"));
    EXPECT_FALSE(scratch.exists("data.failed/older"));
    EXPECT_FALSE(scratch.exists("wal/000000010000000000000001"));
    EXPECT_TRUE(scratch.exists("wal/notes.txt"));
}

// Somebody may have restored it by hand.
TEST(IncompleteDirectory, KeepsAWholeCopyOfBefore) {
    const Scratch scratch;
    make_with_wal(scratch);
    scratch.write("data.failed/backup_label", "");
    scratch.write("data.failed/global/pg_control", "");
    ASSERT_TRUE(
        set_incomplete_aside(scratch / "data", scratch / "wal", CreationState::interrupted_copy));
    EXPECT_TRUE(scratch.exists("data.failed/PG_VERSION"));
    bool is_kept = false;
    for (const auto& entry : std::filesystem::directory_iterator(scratch / ".")) {
        is_kept = is_kept || (entry.path().filename().string().starts_with("data.damaged.") &&
                              std::filesystem::exists(entry.path() / "global/pg_control"));
    }
    EXPECT_TRUE(is_kept);
}

TEST(IncompleteDirectory, OfNobodyIsKeptWithItsWal) {
    const Scratch scratch;
    make_with_wal(scratch);
    scratch.write("data.failed/older", "");
    const auto aside =
        set_incomplete_aside(scratch / "data", scratch / "wal", CreationState::damaged);
    ASSERT_TRUE(aside) << aside.error().message;
    EXPECT_TRUE(aside->starts_with(scratch / "data.damaged.")) << *aside;
    EXPECT_TRUE(scratch.exists("data.failed/older"));
    EXPECT_FALSE(scratch.exists("wal"));
    const std::string time = aside->substr((scratch / "data.damaged.").size());
    EXPECT_TRUE(scratch.exists("wal.damaged." + time + "/000000010000000000000001"));
}

TEST(IncompleteDirectory, LeavesWalThatIsNotItsOwn) {
    const Scratch scratch;
    scratch.write("data/PG_VERSION", "15\n");
    scratch.write("wal/000000010000000000000001", "WAL");
    ASSERT_TRUE(
        set_incomplete_aside(scratch / "data", scratch / "wal", CreationState::interrupted_copy));
    EXPECT_TRUE(scratch.exists("wal/000000010000000000000001"));
}

TEST(CreationWithoutPatroni, RefusesWhatPatroniWasMaking) {
    const Scratch scratch;
    scratch.make_directory("data");
    const std::string data = scratch / "data";
    EXPECT_TRUE(check_creation_without_patroni(data));
    ASSERT_TRUE(write_creation_record(data, {kNow}));
    scratch.write("data/PG_VERSION", "15\n");
    const Status refused = check_creation_without_patroni(data);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::data_directory);
    EXPECT_TRUE(scratch.exists("data.incomplete"));
    scratch.write("data/standby.signal", "");
    scratch.write("data/postmaster.opts", "");
    scratch.write("data/global/pg_control", "");
    EXPECT_TRUE(check_creation_without_patroni(data));
    EXPECT_FALSE(scratch.exists("data.incomplete"));
}

}  // namespace
}  // namespace citus_init::postgres
