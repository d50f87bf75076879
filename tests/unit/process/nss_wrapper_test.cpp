#include "citus_init/process/nss_wrapper.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/process/spawn.h"

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

const User kNameless{"", 54320, 54321, "/"};

class NssWrapperTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(root_.data()), nullptr); }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void install(const std::string& directory, const std::string& content = "ELF") const {
        std::filesystem::create_directories(root_ + directory);
        std::ofstream(root_ + directory + "/libnss_wrapper.so") << content;
    }
    std::string preloaded() const {
        const auto wrapper = NssWrapper::create(kNameless, "/data", root_).value();
        return wrapper ? wrapper->environment().front() : "";
    }

    std::string root_ = testing::TempDir() + "nssXXXXXX";
};

TEST_F(NssWrapperTest, IsFoundInTheOfficialOrder) {
    EXPECT_EQ(preloaded(), "");
    install("/usr/lib/empty", "");
    EXPECT_EQ(preloaded(), "") << "an empty file is no library";
    for (const char* directory :
         {"/lib", "/lib/x86_64-linux-gnu", "/usr/lib", "/usr/lib/x86_64-linux-gnu"}) {
        install(directory);
        EXPECT_EQ(preloaded(), "LD_PRELOAD=" + root_ + directory + "/libnss_wrapper.so");
    }
}

TEST_F(NssWrapperTest, IsNotNeededByAUserWithAName) {
    const auto wrapper = nss_wrapper_environment({"postgres", 999, 999, "/"}, "/data", root_);
    ASSERT_TRUE(wrapper);
    EXPECT_FALSE(wrapper->has_value());
}

TEST_F(NssWrapperTest, IsMissedInWordsThatSayWhatToDo) {
    const auto wrapper = nss_wrapper_environment(kNameless, "/data", root_);
    ASSERT_FALSE(wrapper);
    EXPECT_EQ(wrapper.error().code, ExitCode::permission);
    EXPECT_THAT(wrapper.error().message, testing::HasSubstr("uid 54320"));
    EXPECT_THAT(wrapper.error().message, testing::HasSubstr("install libnss-wrapper"));
}

TEST_F(NssWrapperTest, WritesFilesForAProgramWhoseChildrenNeedItToo) {
    EXPECT_THAT(nss_wrapper_files({"postgres", 999, 999, "/"}, "/home", root_, root_).value(),
                testing::IsEmpty());
    const auto missing = nss_wrapper_files(kNameless, "/home", root_, root_);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ExitCode::permission);
    install("/usr/lib");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"LD_PRELOAD", root_ + "/usr/lib/libnss_wrapper.so"},
        {"NSS_WRAPPER_PASSWD", root_ + "/passwd"},
        {"NSS_WRAPPER_GROUP", root_ + "/group"}};
    EXPECT_EQ(nss_wrapper_files(kNameless, "/home", root_, root_).value(), expected);
    EXPECT_EQ(RealFilesystem().read(root_ + "/passwd").value(),
              "postgres:x:54320:54321:PostgreSQL:/home:/bin/false\n");
    EXPECT_EQ(RealFilesystem().read(root_ + "/group").value(), "postgres:x:54321:\n");
}

TEST_F(NssWrapperTest, GivesARealProcessItsPasswdEntry) {
    const auto installed = NssWrapper::create(kNameless, "/data").value();
    if (!installed || ::geteuid() != 0) {
        GTEST_SKIP() << "needs root and libnss-wrapper";
    }
    isolated([] {
        ASSERT_TRUE(step_down(kNameless));
        const auto wrapper = nss_wrapper_environment(kNameless, "/data").value();
        ASSERT_TRUE(wrapper);
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        Command command;
        command.arguments = {"/usr/bin/getent", "passwd", "54320"};
        command.environment = wrapper->environment();
        command.descriptors = wrapper->descriptors();
        command.descriptors.emplace_back(ends[1], STDOUT_FILENO);
        ASSERT_TRUE(spawn(command));
        ::close(ends[1]);
        EXPECT_EQ(read_all(ends[0]), "postgres:x:54320:54321:PostgreSQL:/data:/bin/false\n");
    });
}

}  // namespace
}  // namespace citus_init::process
