#include "citus_init/process/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

const User kNobody{"nobody", 65534, 65534, "/nonexistent"};

std::vector<gid_t> supplementary_groups() {
    std::vector<gid_t> groups(64);
    groups.resize(static_cast<std::size_t>(::getgroups(64, groups.data())));
    return groups;
}

// Whether another process of our user can open this file of ours in /proc.
bool others_can_open(const char* file) {
    const std::string path = fmt::format("/proc/{}/{}", ::getpid(), file);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(::open(path.c_str(), O_RDONLY) >= 0 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status == 0;
}

TEST(FindUser, KnowsTheUsersOfTheSystemByNameAndByUid) {
    EXPECT_EQ(find_user("root").value(), (User{"root", 0, 0, "/root"}));
    EXPECT_EQ(find_user(0).value()->name, "root");
}

TEST(FindUser, FindsNothingForOneThatDoesNotExist) {
    EXPECT_EQ(find_user("nosuchuser").value(), std::nullopt);
    EXPECT_EQ(find_user(uid_t{3'999'999'999}).value(), std::nullopt);
}

TEST(CurrentUser, IsTheEffectiveOne) {
    EXPECT_EQ(current_user().value().uid, ::geteuid());
}

class AsRoot : public testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "needs root";
        }
    }
};

TEST_F(AsRoot, CurrentUserHasNoNameWithoutPasswdEntry) {
    isolated([] {
        ASSERT_EQ(::setresgid(54321, 54321, 54321), 0);
        ASSERT_EQ(::setresuid(54320, 54320, 54320), 0);
        ::setenv("HOME", "/somewhere", 1);
        EXPECT_EQ(current_user().value(), (User{"", 54320, 54321, "/somewhere"}));
        ::unsetenv("HOME");
        EXPECT_EQ(current_user().value().home, "/");
    });
}

TEST_F(AsRoot, StepDownTakesUserGroupsAndHomeForGood) {
    isolated([] {
        const gid_t inherited = 12345;
        ASSERT_EQ(::setgroups(1, &inherited), 0);
        ASSERT_TRUE(step_down(kNobody));
        uid_t real = 0;
        uid_t effective = 0;
        uid_t saved = 0;
        ASSERT_EQ(::getresuid(&real, &effective, &saved), 0);
        EXPECT_EQ((std::vector{real, effective, saved}), (std::vector<uid_t>(3, kNobody.uid)));
        ASSERT_EQ(::getresgid(&real, &effective, &saved), 0);
        EXPECT_EQ((std::vector{real, effective, saved}), (std::vector<gid_t>(3, kNobody.gid)));
        EXPECT_THAT(supplementary_groups(), testing::ElementsAre(kNobody.gid));
        EXPECT_STREQ(::getenv("HOME"), "/nonexistent");
        EXPECT_NE(::setuid(0), 0);
        EXPECT_NE(::setgid(0), 0);
    });
}

TEST_F(AsRoot, StepDownGivesThePlainGroupToAUserWithoutName) {
    isolated([] {
        ASSERT_TRUE(step_down({"", 54320, 54321, "/"}));
        EXPECT_THAT(supplementary_groups(), testing::ElementsAre(54321));
        EXPECT_EQ(::geteuid(), 54320U);
    });
}

TEST_F(AsRoot, StepDownClosesOurEnvironmentToTheUser) {
    isolated([] {
        ASSERT_EQ(::setresgid(65534, 65534, 65534), 0);
        ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
        ::prctl(PR_SET_DUMPABLE, 1);  // as after an exec
        EXPECT_TRUE(others_can_open("environ"));
        ASSERT_TRUE(step_down(kNobody));
        EXPECT_FALSE(others_can_open("environ"));
        EXPECT_TRUE(others_can_open("stat"));
        EXPECT_TRUE(others_can_open("cmdline"));
    });
}

TEST_F(AsRoot, StepDownIsRefusedToWhoeverIsNotRoot) {
    isolated([] {
        ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
        const Status status = step_down({"daemon", 1, 1, "/"});
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ExitCode::permission);
        EXPECT_THAT(status.error().message,
                    testing::HasSubstr("cannot become user \"daemon\" (uid 1)"));
    });
}

TEST_F(AsRoot, StepDownRefusesWhenRootCouldBeHadBack) {
    isolated([] {
        ASSERT_EQ(::setresuid(kNobody.uid, kNobody.uid, 0), 0);  // the saved one stays root
        const Status status = step_down(kNobody);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, ExitCode::software);
    });
}

}  // namespace
}  // namespace citus_init::process
