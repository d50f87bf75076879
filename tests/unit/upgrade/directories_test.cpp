#include "upgrade/directories.h"

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/postgres/tablespaces.h"

#include "unit/postgres/scratch.h"

namespace citus_init::upgrade {
namespace {

using postgres::Scratch;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An old cluster in the data directory, and a new one beside it that is complete.
void fill(const Scratch& scratch) {
    for (const char* name : {"PG_VERSION", "base/1/1255", "global/pg_control", "pg_wal/0001",
                             "pg_hba.conf", "server.crt", "citus_init/marker.json"}) {
        scratch.write(std::string("data/") + name, "old");
    }
    for (const char* name :
         {"PG_VERSION", "base/1/1255", "global/pg_control", "pg_wal/0002", "pg_hba.conf"}) {
        scratch.write(std::string("data/citus_init.upgrade/new/") + name, "new");
    }
}

UpgradeDirectories directories_of(const Scratch& scratch) {
    return UpgradeDirectories::of(scratch / "data", "");
}

postgres::UpgradeRecord to_17(bool transfer_begun) {
    postgres::UpgradeRecord record;
    record.from_major = 15;
    record.to_major = 17;
    record.transfer_begun = transfer_begun;
    return record;
}

void expect_upgraded(const Scratch& scratch) {
    EXPECT_EQ(scratch.read("data/PG_VERSION"), "new");
    EXPECT_EQ(scratch.read("data/base/1/1255"), "new");
    EXPECT_EQ(scratch.read("data/pg_hba.conf"), "old");
    EXPECT_EQ(scratch.read("data/server.crt"), "old");
    EXPECT_EQ(scratch.read("data/citus_init/marker.json"), "old");
    EXPECT_FALSE(scratch.exists("data/pg_wal/0001"));
    EXPECT_EQ(scratch.read("data/citus_init.old/base/1/1255"), "old");
    EXPECT_EQ(scratch.read("data/citus_init.old/PG_VERSION"), "old");
    EXPECT_EQ(scratch.read("data/citus_init.old/pg_hba.conf"), "old");
    EXPECT_FALSE(scratch.exists("data/citus_init.old/server.crt"));
}

TEST(UpgradeDirectories, KeepWhatIsTheUsersInItsPlace) {
    const Scratch scratch;
    fill(scratch);
    const auto directories = directories_of(scratch);
    ASSERT_TRUE(keep_configuration(directories));
    ASSERT_TRUE(move_old_away(directories));
    ASSERT_TRUE(move_new_into_place(directories));
    expect_upgraded(scratch);
}

// Each entry is one rename(2), so any number of them may have been done.
TEST(UpgradeDirectories, CanBeMovedFromAnyPointOn) {
    for (const char* moved : {"base", "global", "PG_VERSION", "pg_wal"}) {
        const Scratch scratch;
        fill(scratch);
        const auto directories = directories_of(scratch);
        ASSERT_TRUE(keep_configuration(directories));
        std::filesystem::rename(scratch / "data/" + moved, directories.kept + "/" + moved);
        ASSERT_TRUE(move_old_away(directories));
        ASSERT_TRUE(move_old_away(directories));
        std::filesystem::rename(directories.made + "/" + moved, scratch / "data/" + moved);
        ASSERT_TRUE(move_new_into_place(directories));
        ASSERT_TRUE(move_new_into_place(directories));
        expect_upgraded(scratch);
    }
}

// What an image without citus-init finds between two renames is no data directory.
TEST(UpgradeDirectories, LosePgVersionFirst) {
    const Scratch scratch;
    fill(scratch);
    scratch.write("data/citus_init.old/base/in_the_way", "");
    EXPECT_FALSE(move_old_away(directories_of(scratch)));
    EXPECT_TRUE(scratch.exists("data/base"));
    EXPECT_FALSE(scratch.exists("data/PG_VERSION"));
}

TEST(UpgradeDirectories, LoseTheCopiedConfigurationWithTheAttempt) {
    const Scratch scratch;
    fill(scratch);
    const auto directories = directories_of(scratch);
    ASSERT_TRUE(keep_configuration(directories));
    ASSERT_TRUE(discard_attempt(directories, to_17(/*transfer_begun=*/true)));
    EXPECT_FALSE(scratch.exists("data/citus_init.old"));
    EXPECT_EQ(scratch.read("data/pg_hba.conf"), "old");
}

TEST(UpgradeDirectories, LeaveTheClusterOfAnotherUpgrade) {
    const Scratch scratch;
    fill(scratch);
    scratch.write("data/citus_init.old/PG_VERSION", "14");
    scratch.write("data/citus_init.old/pg_hba.conf", "older");
    ASSERT_TRUE(discard_attempt(directories_of(scratch), to_17(/*transfer_begun=*/true)));
    EXPECT_EQ(scratch.read("data/citus_init.old/PG_VERSION"), "14");
    EXPECT_EQ(scratch.read("data/citus_init.old/pg_hba.conf"), "older");
}

TEST(UpgradeDirectories, GiveTheControlFileBack) {
    const Scratch scratch;
    fill(scratch);
    std::filesystem::rename(scratch / "data/global/pg_control",
                            scratch / "data/global/pg_control.old");
    ASSERT_TRUE(discard_attempt(directories_of(scratch), to_17(/*transfer_begun=*/true)));
    EXPECT_EQ(scratch.read("data/global/pg_control"), "old");
    EXPECT_FALSE(scratch.exists("data/citus_init.upgrade"));
    EXPECT_EQ(scratch.read("data/PG_VERSION"), "old");
}

TEST(UpgradeDirectories, RemoveOnlyTheNewVersionFromTablespaces) {
    const Scratch scratch;
    fill(scratch);
    scratch.write("ts/PG_15_202209061/5/16384", "old");
    scratch.write("ts/PG_17_202406281/5/16384", "new");
    scratch.make_directory("data/pg_tblspc");
    std::filesystem::create_directory_symlink(scratch / "ts", scratch / "data/pg_tblspc/16400");
    EXPECT_THAT(postgres::tablespaces_of(scratch / "data"), ElementsAre(scratch / "ts"));
    // Until pg_upgrade runs it is another cluster's, of an upgrade by hand.
    ASSERT_TRUE(discard_attempt(directories_of(scratch), to_17(/*transfer_begun=*/false)));
    EXPECT_TRUE(scratch.exists("ts/PG_17_202406281/5/16384"));
    ASSERT_TRUE(discard_attempt(directories_of(scratch), to_17(/*transfer_begun=*/true)));
    EXPECT_TRUE(scratch.exists("ts/PG_15_202209061/5/16384"));
    EXPECT_FALSE(scratch.exists("ts/PG_17_202406281"));
}

TEST(UpgradeDirectories, TakeTheUsersFilesFromAnotherPlace) {
    const Scratch scratch;
    scratch.write("17/docker/PG_VERSION", "17");
    scratch.write("17/docker/pg_hba.conf", "old");
    scratch.write("17/docker/tls/server.key", "key", 0600);
    scratch.make_directory("18/docker");
    const auto directories = UpgradeDirectories::of(scratch / "18/docker", scratch / "17/docker");
    EXPECT_FALSE(directories.in_place());
    ASSERT_TRUE(copy_user_files(directories));
    EXPECT_EQ(scratch.read("18/docker/pg_hba.conf"), "old");
    EXPECT_EQ(scratch.read("18/docker/tls/server.key"), "key");
    EXPECT_FALSE(scratch.exists("18/docker/PG_VERSION"));
}

// Until it is out of scope no file can grow beyond so many bytes: a disk that is full.
class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST(UserFiles, AreCopiedWholeOrNotAtAll) {
    const Scratch scratch;
    const std::string large(100'000, 'x');
    scratch.write("17/docker/tls/ca.crt", "ca");
    scratch.write("17/docker/tls/server.crt", large);
    scratch.make_directory("18/docker");
    const auto directories = UpgradeDirectories::of(scratch / "18/docker", scratch / "17/docker");
    {
        const FullDisk full(4096);
        EXPECT_FALSE(copy_user_files(directories));
    }
    EXPECT_FALSE(scratch.exists("18/docker/tls"));
    ASSERT_TRUE(copy_user_files(directories));
    EXPECT_EQ(scratch.read("18/docker/tls/ca.crt"), "ca");
    EXPECT_TRUE(scratch.read("18/docker/tls/server.crt") == large);
}

TEST(UserFiles, AreNotWhatIsAboutTheOldPlace) {
    const Scratch scratch;
    for (const char* name :
         {"base/1/1255", "citus_init.old/base/1/1255", "citus_init.upgrade/new/PG_VERSION",
          "citus_init.bootstrap.json", "pg_upgrade_output.d/log", "pg_hba.conf"}) {
        scratch.write(std::string("17/docker/") + name, "old");
    }
    scratch.write("17/docker/log/postgresql.log", "12345");
    scratch.write("17/docker/citus_init/marker.json", "{}");
    scratch.write("18/docker/pg_hba.conf", "of the user");
    const auto directories = UpgradeDirectories::of(scratch / "18/docker", scratch / "17/docker");
    EXPECT_THAT(user_files(directories).value(), ElementsAre("citus_init", "log"));
    EXPECT_EQ(bytes_of_user_files(directories), 7U);
    ASSERT_TRUE(copy_user_files(directories));
    EXPECT_FALSE(scratch.exists("18/docker/citus_init.old"));
    EXPECT_EQ(scratch.read("18/docker/log/postgresql.log"), "12345");
    EXPECT_EQ(scratch.read("18/docker/pg_hba.conf"), "of the user");
}

// Whatever has run there since has its own configuration, and perhaps another marker.
TEST(UpgradeDirectories, GiveUpWhatCameFromAnotherPlace) {
    const Scratch scratch;
    for (const char* name :
         {"data/PG_VERSION", "data/pg_hba.conf", "data/citus_init/marker.json",
          "18/docker/base/1/1255", "18/docker/pg_hba.conf", "18/docker/citus_init/marker.json",
          "18/docker/citus_init.upgrade.json", "18/docker/citus_init.upgrade/new/PG_VERSION",
          "18/docker/citus_init.old/citus_init.upgraded.json", "18/docker/mine"}) {
        scratch.write(name, "x");
    }
    scratch.make_directory("wal/pg_wal_17");
    std::filesystem::create_directory_symlink(scratch / "wal/pg_wal_17",
                                              scratch / "18/docker/pg_wal");
    const auto directories = UpgradeDirectories::of(scratch / "18/docker", scratch / "data");
    ASSERT_TRUE(discard_attempt(directories, to_17(/*transfer_begun=*/true)));
    EXPECT_THAT(RealFilesystem().list(scratch / "18/docker").value(),
                ElementsAre("citus_init.upgrade.json", "mine"));
    EXPECT_THAT(RealFilesystem().list(scratch / "wal").value(), IsEmpty());
    EXPECT_THAT(RealFilesystem().list(scratch / "data").value(),
                ElementsAre("PG_VERSION", "citus_init", "pg_hba.conf"));
}

TEST(ClusterEntries, AreTheServersOwn) {
    for (const char* name : {"base", "global", "pg_wal", "pg_xact", "PG_VERSION", "postmaster.opts",
                             "citus_init.prepared"}) {
        EXPECT_TRUE(is_cluster_entry(name)) << name;
    }
    for (const char* name :
         {"postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf", "citus_init",
          "citus_init.old", "log", "server.key", "pg_hba.d"}) {
        EXPECT_FALSE(is_cluster_entry(name)) << name;
    }
}

std::string mountinfo_of(const std::string& mount_point) {
    return "22 1 254:0 / / rw - ext4 /dev/vda rw\n"
           "40 22 254:0 /volumes/v " +
           mount_point + " rw - ext4 /dev/vda rw\n";
}

TEST(MountPoints, AreFoundOnOneFileSystem) {
    const Scratch scratch;
    fill(scratch);
    const std::string data = RealFilesystem().resolve(scratch / "data");
    std::filesystem::create_directory_symlink(scratch / "data", scratch / "link");
    for (const auto& path : {scratch / "data", scratch / "link"}) {
        EXPECT_THAT(mount_points_in(path, mountinfo_of(data + "/pg_wal")),
                    ElementsAre(data + "/pg_wal"));
    }
}

TEST(MountPoints, DoNotCountWhereNothingIsMoved) {
    const Scratch scratch;
    fill(scratch);
    const std::string data = RealFilesystem().resolve(scratch / "data");
    for (const auto& point : {data, data + "/pg_hba.conf", data + "/base/1", data + "2/pg_wal"}) {
        EXPECT_THAT(mount_points_in(data, mountinfo_of(point)), IsEmpty()) << point;
    }
}

}  // namespace
}  // namespace citus_init::upgrade
