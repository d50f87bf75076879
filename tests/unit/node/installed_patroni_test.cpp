#include "node/installed_patroni.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

using testing::HasSubstr;

// A directory with a program of that name and text; of this process alone, since each test is one.
std::string path_with_patroni(const std::string& script) {
    const std::string directory =
        testing::TempDir() + "citus_init_installed_patroni." + std::to_string(::getpid());
    std::filesystem::create_directories(directory);
    const std::string program = directory + "/patroni";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return directory + ":/usr/bin:/bin";
}

TEST(InstalledPatroni, ReportsItsVersion) {
    const auto version = installed_patroni(path_with_patroni("echo patroni 4.1.2"));
    ASSERT_TRUE(version) << version.error().message;
    EXPECT_EQ(*version, (patroni::Version{4, 1, 2}));
}

TEST(InstalledPatroni, IsAFaultOfTheConfigurationWhereItIsMissing) {
    const auto version = installed_patroni("/nowhere");
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, ExitCode::config);
    EXPECT_THAT(version.error().message, HasSubstr("Install Patroni"));
}

// On an overloaded machine: trying again helps, another configuration does not.
TEST(InstalledPatroni, IsUnavailableWhereItDoesNotEndInTime) {
    const auto version =
        installed_patroni(path_with_patroni("exec sleep 60"), std::chrono::milliseconds(100));
    ASSERT_FALSE(version);
    EXPECT_EQ(version.error().code, ExitCode::unavailable);
    EXPECT_THAT(version.error().message, HasSubstr("did not end within 100 ms"));
}

}  // namespace
}  // namespace citus_init::node
