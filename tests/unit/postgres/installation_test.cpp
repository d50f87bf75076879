#include "citus_init/postgres/installation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::HasSubstr;

void install(const Scratch& scratch, const std::string& bin) {
    scratch.write(bin + "/postgres", "", 0755);
    scratch.write(bin + "/initdb", "", 0755);
}

TEST(ServerVersion, IsReadFromWhatPostgresSays) {
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"),
              (ServerVersion{15, "15.20"}));
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) 18beta1\n"),
              (ServerVersion{18, "18beta1"}));
    EXPECT_EQ(parse_server_version("bash: postgres: command not found"), std::nullopt);
    EXPECT_EQ(parse_server_version("postgres (PostgreSQL) "), std::nullopt);
}

TEST(MajorVersionOfPath, KnowsDebiansLayoutOnly) {
    EXPECT_EQ(major_version_of_path("/usr/lib/postgresql/15/bin"), 15);
    EXPECT_EQ(major_version_of_path("/opt/x/lib/postgresql/18/bin"), 18);
    EXPECT_EQ(major_version_of_path("/usr/local/bin"), std::nullopt);
    EXPECT_EQ(major_version_of_path("/usr/lib/postgresql/x/bin"), std::nullopt);
    EXPECT_EQ(major_version_of_path(""), std::nullopt);
}

TEST(FindBinDirectory, TakesTheWantedOneAndNoOther) {
    const Scratch scratch;
    install(scratch, "/usr/lib/postgresql/15/bin");
    install(scratch, "/opt/pg/bin");
    const RootedFilesystem files(scratch.path());
    EXPECT_EQ(find_bin_directory(files, "/opt/pg/bin", "/usr/bin").value(), "/opt/pg/bin");
    const auto wrong = find_bin_directory(files, "/opt/nothing", "/usr/bin");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ExitCode::config);
    EXPECT_THAT(wrong.error().message, HasSubstr("CITUS_PG_BINDIR: \"/opt/nothing\""));
}

TEST(FindBinDirectory, PrefersPathOverTheNewestOfDebian) {
    const Scratch scratch;
    install(scratch, "/usr/lib/postgresql/9/bin");
    install(scratch, "/usr/lib/postgresql/15/bin");
    install(scratch, "/usr/lib/postgresql/17/bin");
    scratch.make_directory("/usr/lib/postgresql/common");
    const RootedFilesystem files(scratch.path());
    EXPECT_EQ(find_bin_directory(files, "", "/usr/bin:/usr/lib/postgresql/15/bin").value(),
              "/usr/lib/postgresql/15/bin");
    EXPECT_EQ(find_bin_directory(files, "", "/usr/bin").value(), "/usr/lib/postgresql/17/bin");
}

TEST(FindBinDirectory, PassesByADirectoryWithoutInitdb) {
    const Scratch scratch;
    scratch.write("/usr/bin/postgres", "", 0755);  // a wrapper, say
    install(scratch, "/usr/local/bin");
    EXPECT_EQ(find_bin_directory(RootedFilesystem(scratch.path()), "", "/usr/bin").value(),
              "/usr/local/bin");
}

TEST(FindBinDirectory, NamesEveryPlaceItSearched) {
    const Scratch scratch;
    const auto found = find_bin_directory(RootedFilesystem(scratch.path()), "", "/a:relative:/b");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ExitCode::config);
    EXPECT_THAT(found.error().message, HasSubstr("/a, /b, /usr/local/bin"));
}

TEST(PathWith, AppendsTheBinDirectoryOnce) {
    EXPECT_EQ(path_with("/usr/bin:/bin", "/pg/bin"), "/usr/bin:/bin:/pg/bin");
    EXPECT_EQ(path_with("/pg/bin:/bin", "/pg/bin"), "/pg/bin:/bin");
    EXPECT_EQ(path_with("", "/pg/bin"), "/pg/bin");
}

}  // namespace
}  // namespace citus_init::postgres
