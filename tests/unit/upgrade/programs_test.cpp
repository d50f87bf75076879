#include "upgrade/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_filesystem.h"

namespace citus_init::upgrade {
namespace {

using test::FakeFilesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FileStatus executable() {
    FileStatus status;
    status.mode = 0755;
    return status;
}

TEST(OldPrograms, AreWhereOnlyTheVersionDiffers) {
    struct Case {
        const char* there;
        const char* new_directory;
    };
    for (const auto& [there, new_directory] :
         {Case{"/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"},
          Case{"/usr/pgsql-15/bin", "/usr/pgsql-17/bin"},
          Case{"/opt/x/postgresql/15/bin", "/opt/x/postgresql/17/bin"},
          Case{"/usr/lib/postgresql/15/bin", "/usr/local/bin"}}) {
        FakeFilesystem files;
        files.add_file(std::string(there) + "/postgres", "", executable());
        const auto found = find_old_programs(files, "", new_directory, 15, 17);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(*found, there);
    }
}

TEST(OldPrograms, AreNowhereElseThanWanted) {
    FakeFilesystem files;
    files.add_file("/usr/lib/postgresql/15/bin/postgres", "", executable());
    const auto found = find_old_programs(files, "/old", "/usr/lib/postgresql/17/bin", 15, 17);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ExitCode::config);
    EXPECT_THAT(found.error().message, HasSubstr("are not in /old,"));
}

TEST(MissingPrograms, AreNamed) {
    FakeFilesystem files;
    for (const char* name : {"postgres", "pg_ctl", "pg_controldata"}) {
        files.add_file(std::string("/b/") + name, "", executable());
    }
    EXPECT_THAT(missing_old_programs(files, "/b"), ElementsAre("pg_resetwal"));
}

TEST(Preloadable, IsWhatTheVersionHas) {
    FakeFilesystem files;
    files.add_file("/p/17/lib/citus.so", "");
    files.add_file("/p/17/lib/pg_cron.so", "");
    EXPECT_EQ(preloadable(files, "/p/17/bin/../bin", ""), "");
    files.add_file("/b/../lib/citus.so", "");
    files.add_file("/b/../lib/postgresql/pg_cron.so", "");
    EXPECT_EQ(preloadable(files, "/b", "$libdir/citus, timescaledb,pg_cron,/x/y.so"),
              "citus,pg_cron,/x/y.so");
}

}  // namespace
}  // namespace citus_init::upgrade
