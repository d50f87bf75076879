#include "citus_init/process/exit_status.h"

#include <signal.h>

#include <gtest/gtest.h>

namespace citus_init::process {
namespace {

TEST(ExitStatus, ReportsTheCodeAsShellsDo) {
    EXPECT_EQ(ExitStatus::exited(0).shell_code(), 0);
    EXPECT_EQ(ExitStatus::exited(255).shell_code(), 255);
    EXPECT_EQ(ExitStatus::signaled(SIGKILL).shell_code(), 137);
    EXPECT_EQ(ExitStatus::signaled(64).shell_code(), 192);
}

TEST(ExitStatus, IsSuccessOnlyForExitCodeZero) {
    EXPECT_TRUE(ExitStatus::exited(0).success());
    EXPECT_FALSE(ExitStatus::exited(1).success());
    EXPECT_FALSE(ExitStatus::signaled(0).success());
}

TEST(ExitStatus, NamesTheSignal) {
    EXPECT_EQ(ExitStatus::exited(3).text(), "exit code 3");
    EXPECT_EQ(ExitStatus::signaled(SIGKILL).text(), "signal 9 (SIGKILL)");
    EXPECT_EQ(ExitStatus::signaled(40).text(), "signal 40");
}

}  // namespace
}  // namespace citus_init::process
