#include "citus_init/postgres/initdb.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

InitdbRequest request() {
    InitdbRequest request;
    request.major = 15;
    request.bin_directory = "/pg/bin";
    request.data_directory = "/data";
    request.user = "me";
    request.password = Secret("s3cret\nsecond line");
    request.environment = {"LANG=C.UTF-8"};
    return request;
}

std::string content_of(const Fd& file) {
    std::string content(1000, '\0');
    const ssize_t count = ::pread(file.get(), content.data(), content.size(), 0);
    content.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return content;
}

TEST(InitdbLaunch, HasTheOfficialCommandLine) {
    auto wanted = request();
    wanted.arguments = "--data-checksums -E 'UTF 8'";
    wanted.wal_directory = "/w a l";
    const auto launch = initdb_launch(wanted);
    ASSERT_TRUE(launch);
    EXPECT_THAT(
        launch->command.arguments,
        ElementsAre("/pg/bin/initdb", "-D", "/data/citus_init.initdb", "--username=me",
                    "--pwfile=/dev/fd/" + std::to_string(launch->password.get()),
                    "--no-instructions", "--data-checksums", "-E", "UTF 8", "--waldir", "/w a l"));
    EXPECT_THAT(*launch->command.environment, Contains("LANG=C.UTF-8"));
}

TEST(InitdbLaunch, Asks13ForNothingThatItDoesNotHave) {
    auto wanted = request();
    wanted.major = 13;
    const auto launch = initdb_launch(wanted);
    ASSERT_TRUE(launch);
    EXPECT_THAT(launch->command.arguments, Not(Contains("--no-instructions")));
}

TEST(InitdbLaunch, PutsThePasswordsFirstLineIntoTheFileOnly) {
    const auto launch = initdb_launch(request());
    ASSERT_TRUE(launch);
    EXPECT_EQ(content_of(launch->password), "s3cret\n");
    EXPECT_THAT(launch->command.arguments, Not(Contains(HasSubstr("s3cret"))));
    EXPECT_THAT(*launch->command.environment, Not(Contains(HasSubstr("s3cret"))));
    const int fd = launch->password.get();
    EXPECT_THAT(launch->command.descriptors, Contains(std::pair(fd, fd)));
}

TEST(InitdbLaunch, RefusesArgumentsThatNameAnotherDirectoryOrAreCutOff) {
    for (const char* arguments :
         {"-D /elsewhere", "-D/elsewhere", "--pgdata=/x", "--pgdata /x", "--locale='C"}) {
        auto wanted = request();
        wanted.arguments = arguments;
        const auto launch = initdb_launch(wanted);
        ASSERT_FALSE(launch) << arguments;
        EXPECT_EQ(launch.error().code, ExitCode::config);
        EXPECT_THAT(launch.error().message, HasSubstr("POSTGRES_INITDB_ARGS: "));
        EXPECT_EQ(check_initdb_arguments(arguments).error().message, launch.error().message);
    }
}

TEST(AdoptInitdb, MovesTheClusterUpWithItsMode) {
    const Scratch scratch;
    scratch.write("citus_init.initdb/PG_VERSION", "15\n");
    scratch.write("citus_init.initdb/base/1/112", "x");
    scratch.write("citus_init.bootstrap.json", "{}");
    ASSERT_EQ(::chmod((scratch / "citus_init.initdb").c_str(), 0750), 0);
    ASSERT_TRUE(adopt_initdb(scratch.path()));
    EXPECT_THAT(RealFilesystem().list(scratch.path()).value(),
                ElementsAre("PG_VERSION", "base", "citus_init.bootstrap.json"));
    EXPECT_EQ(RealFilesystem().status(scratch.path())->mode, 0750U);
}

TEST(AdoptInitdb, RefusesWhatIsNoCluster) {
    const Scratch scratch;
    EXPECT_EQ(adopt_initdb(scratch.path()).error().code, ExitCode::data_directory);
    scratch.make_directory("citus_init.initdb/base");
    EXPECT_EQ(adopt_initdb(scratch.path()).error().code, ExitCode::data_directory);
}

TEST(HostAuth, IsAppendedAsTheOfficialImageDoes) {
    const Scratch scratch;
    scratch.write("pg_hba.conf", "local all all trust\n");
    ASSERT_TRUE(append_host_auth(scratch.path(), "scram-sha-256"));
    EXPECT_EQ(scratch.read("pg_hba.conf"),
              "local all all trust\n\nhost all all all scram-sha-256\n");
    EXPECT_THAT(host_auth_lines("trust"), HasSubstr("\nhost all all all trust\n"));
    EXPECT_THAT(host_auth_lines("trust"), HasSubstr("# warning"));
}

}  // namespace
}  // namespace citus_init::postgres
