#include "citus_init/postgres/directories.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::HasSubstr;

constexpr uid_t kOther = 4321;

mode_t mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

uid_t owner_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_uid : static_cast<uid_t>(-1);
}

TEST(DataDirectoryMode, KeepsGroupAccessOnlyForAClusterThatHasIt) {
    struct Case {
        mode_t directory;
        mode_t version;  // 0 = no PG_VERSION
        mode_t expected;
    };
    for (const auto& [directory, version, expected] :
         {Case{0700, 0600, 0700}, Case{0750, 0640, 0750}, Case{0755, 0640, 0750},
          Case{0755, 0600, 0700}, Case{0750, 0600, 0700}, Case{01777, 0, 0700},
          Case{0500, 0600, 0700}}) {
        const Scratch scratch;
        scratch.make_directory("data");
        if (version != 0) {
            scratch.write("data/PG_VERSION", "15\n", version);
        }
        ASSERT_EQ(::chmod((scratch / "data").c_str(), directory), 0);
        fix_data_directory_mode(scratch / "data");
        EXPECT_EQ(mode_of(scratch / "data"), expected);
    }
}

TEST(DataDirectory, IsSyncedWithItsTablespaces) {
    const Scratch scratch;
    scratch.make_directory("data");
    const auto without_wal = sync_data_directory(scratch / "data");
    ASSERT_FALSE(without_wal);
    EXPECT_THAT(without_wal.error().message, HasSubstr("pg_wal"));
    scratch.make_directory("data/pg_wal");
    EXPECT_TRUE(sync_data_directory(scratch / "data"));
    scratch.make_directory("data/pg_tblspc");
    ASSERT_EQ(::symlink("/dev/shm", (scratch / "data/pg_tblspc/1").c_str()), 0);
    ASSERT_EQ(::symlink("/nowhere", (scratch / "data/pg_tblspc/2").c_str()), 0);
    EXPECT_TRUE(sync_data_directory(scratch / "data"));
}

TEST(DataDirectory, IsMadeWithItsParents) {
    const Scratch scratch;
    ASSERT_TRUE(make_data_directory(scratch / "a/b/data"));
    EXPECT_EQ(mode_of(scratch / "a/b/data"), 0700U);
    EXPECT_EQ(mode_of(scratch / "a/b"), 0755U);  // or another user could not get to it
    ASSERT_TRUE(make_data_directory(scratch / "with slash/"));
    EXPECT_EQ(mode_of(scratch / "with slash"), 0700U);
    scratch.write("file", "");
    const auto refused = make_data_directory(scratch / "file/data");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::cannot_create);
}

TEST(SocketDirectory, GetsTheModeOfTheOfficialImages) {
    const Scratch scratch;
    EXPECT_EQ(make_socket_directory(scratch / "run/postgresql"), "");
    EXPECT_EQ(mode_of(scratch / "run/postgresql"), 03775U);
    scratch.write("file", "");
    EXPECT_THAT(make_socket_directory(scratch / "file"), HasSubstr("a file of that name exists"));
}

TEST(WalDirectory, StandsOutsideOfTheDataDirectory) {
    const Scratch scratch;
    const std::string data = scratch / "data";
    EXPECT_TRUE(make_wal_directory(scratch / "wal of it", data, ::geteuid()));
    EXPECT_EQ(mode_of(scratch / "wal of it"), 0700U);
    EXPECT_TRUE(make_wal_directory(scratch / "database", data, ::geteuid()));
    for (const auto& path : {data, data + "/wal", scratch / "x/../data/wal", std::string("wal")}) {
        const auto refused = make_wal_directory(path, data, ::geteuid());
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().code, ExitCode::config);
    }
}

TEST(WalDirectory, MustBeEmptyForInitdb) {
    const Scratch scratch;
    EXPECT_TRUE(check_wal_directory_is_empty(scratch.path()));
    scratch.write("000000010000000000000001", "");
    const auto refused = check_wal_directory_is_empty(scratch.path());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("000000010000000000000001"));
}

TEST(WalDirectory, OfAnInitialisedDirectoryHoldsWal) {
    const Scratch scratch;
    const std::string data = scratch.path() + "/data";
    const auto refusal = [&] {
        const Status checked = check_wal_is_there(data);
        return checked ? std::string() : checked.error().message;
    };
    scratch.write("data/PG_VERSION", "15\n");
    EXPECT_NE(refusal().find("/data/pg_wal\" is not there"), std::string::npos) << refusal();
    ASSERT_EQ(::symlink((scratch.path() + "/volume").c_str(), (data + "/pg_wal").c_str()), 0);
    EXPECT_NE(refusal().find("leads to \"" + scratch.path() + "/volume\""), std::string::npos);
    scratch.write("volume/lost+found/x", "");
    scratch.write("volume/archive_status/000000010000000000000001.done", "");
    EXPECT_NE(refusal().find("holds no write-ahead log"), std::string::npos) << refusal();
    scratch.write("volume/00000001000000000000000A", "");
    EXPECT_EQ(refusal(), "");
}

TEST(WalDirectory, OfABaseBackupMayBeEmpty) {
    for (const char* name : {"backup_label", "recovery.signal", "standby.signal"}) {
        const Scratch scratch;
        scratch.write(name, "");
        EXPECT_TRUE(check_wal_is_there(scratch.path())) << name;
    }
}

TEST(TakeOwnership, ChangesOnlyWhatIsAnothersAndStaysInTheTree) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root may give files away";
    }
    const Scratch scratch;
    scratch.write("data/base/1/112", "");
    scratch.write("data/mine", "");
    scratch.write("outside/file", "");
    std::filesystem::create_directory_symlink(scratch / "outside", scratch / "data/pg_wal");
    ASSERT_EQ(::chown((scratch / "data/mine").c_str(), kOther, 77), 0);
    const auto walk = take_ownership(scratch / "data", kOther);
    ASSERT_TRUE(walk);
    EXPECT_EQ(walk->entries, 6U);  // data, base, base/1, base/1/112, mine, pg_wal
    EXPECT_EQ(walk->changed, 5U);
    EXPECT_EQ(owner_of(scratch / "data"), kOther);
    EXPECT_EQ(owner_of(scratch / "data/base/1/112"), kOther);
    EXPECT_EQ(owner_of(scratch / "data/pg_wal"), kOther);
    EXPECT_EQ(owner_of(scratch / "outside"), 0U);
    EXPECT_EQ(owner_of(scratch / "outside/file"), 0U);
    struct stat mine {};
    ASSERT_EQ(::stat((scratch / "data/mine").c_str(), &mine), 0);
    EXPECT_EQ(mine.st_gid, 77U);
    EXPECT_EQ(take_ownership(scratch / "data", kOther)->changed, 0U);
}

TEST(TakeOwnership, LeavesAloneWhatIsSomebodysElsewhere) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    const Scratch scratch;
    scratch.make_directory("data");
    scratch.write("outside", "root's", 0600);
    scratch.write("data/inside", "", 0600);
    ASSERT_EQ(::link((scratch / "outside").c_str(), (scratch / "data/linked").c_str()), 0);
    ASSERT_EQ(::link((scratch / "data/inside").c_str(), (scratch / "data/twin").c_str()), 0);
    const bool has_device =
        ::mknod((scratch / "data/null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0;
    const auto walk = take_ownership(scratch / "data", kOther);
    ASSERT_TRUE(walk);
    EXPECT_EQ(owner_of(scratch / "outside"), 0U);
    EXPECT_EQ(owner_of(scratch / "data/twin"), kOther);  // both its names are in the tree
    EXPECT_EQ(walk->left_alone, has_device ? 2U : 1U);
    if (has_device) {
        EXPECT_EQ(owner_of(scratch / "data/null"), 0U);
    }
}

TEST(TakeOwnership, RefusesALinkOfTheServersUser) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    const Scratch scratch;
    scratch.make_directory("roots");
    ASSERT_EQ(::symlink((scratch / "roots").c_str(), (scratch / "data").c_str()), 0);
    ASSERT_EQ(::lchown((scratch / "data").c_str(), kOther, kOther), 0);
    EXPECT_FALSE(take_ownership(scratch / "data", kOther));
    EXPECT_FALSE(make_data_directory(scratch / "data"));
    EXPECT_EQ(owner_of(scratch / "roots"), 0U);
}

TEST(TakeOwnership, FollowsTheTopWhenThatIsASymlink) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root may give files away";
    }
    const Scratch scratch;
    scratch.write("volume/PG_VERSION", "15");
    std::filesystem::create_directory_symlink(scratch / "volume", scratch / "data");
    ASSERT_TRUE(take_ownership(scratch / "data", kOther));
    EXPECT_EQ(owner_of(scratch / "volume"), kOther);
    EXPECT_EQ(owner_of(scratch / "volume/PG_VERSION"), kOther);
}

TEST(CheckRoom, ReportsWhatIsMissing) {
    const Scratch scratch;
    EXPECT_TRUE(check_room(scratch.path(), 1, 1));
    const auto refused = check_room(scratch.path(), 1ULL << 60U, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::io);
    EXPECT_THAT(refused.error().message, HasSubstr("MB needed"));
    const auto files = check_room(scratch.path(), 1, 1ULL << 60U);
    if (!files) {  // some file systems count none
        EXPECT_EQ(files.error().code, ExitCode::io);
        EXPECT_THAT(files.error().message, HasSubstr("more files (inodes)"));
    }
    EXPECT_EQ(check_room("/proc", 1, 0).error().code, ExitCode::io);  // its statvfs says 0 free
}

TEST(Owner, OfADataDirectoryIsTheServersUser) {
    const Scratch scratch;
    EXPECT_TRUE(check_owner(scratch.path()));
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can give a directory away";
    }
    ASSERT_EQ(::chown(scratch.path().c_str(), kOther, kOther), 0);
    const auto refused = check_owner(scratch.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(static_cast<int>(refused.error().code), 77);
    EXPECT_THAT(refused.error().message, HasSubstr("belongs to uid 4321, but this runs as uid 0"));
    EXPECT_THAT(refused.error().message, HasSubstr("PGDATA=" + scratch.path() + "/pgdata"));
}

}  // namespace
}  // namespace citus_init::postgres
