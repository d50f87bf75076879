#include "citus_init/process/process_table.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "citus_init/process/spawn.h"

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

// The description of `pid` once `ready` holds for it: what a process does after its exec is its own
// affair, so there is nothing to wait for but the table itself.
template <typename Ready>
ProcessDescription wait_for(pid_t pid, Ready ready) {
    for (;;) {
        for (const auto& process : describe_processes()) {
            if (process.pid == pid && ready(process)) {
                return process;
            }
        }
    }
}

TEST(HandlesSignal, IsTrueOnceAHandlerIsInstalled) {
    isolated([] {
        const pid_t own = ::getpid();
        ::signal(SIGUSR1, SIG_DFL);
        EXPECT_FALSE(handles_signal(own, SIGUSR1));
        ::signal(SIGUSR1, [](int) {});
        EXPECT_TRUE(handles_signal(own, SIGUSR1));
        ::signal(SIGUSR1, SIG_IGN);
        EXPECT_FALSE(handles_signal(own, SIGUSR1));
        EXPECT_FALSE(handles_signal(0x7FFFFFFF, SIGUSR1));
    });
}

TEST(StartTicks, NameAProcessAsLongAsItLives) {
    isolated([] {
        Command command;
        command.arguments = {"sleep", "600"};
        const auto pid = spawn(command);
        ASSERT_TRUE(pid);
        const auto ours = start_ticks(::getpid());
        EXPECT_TRUE(lives(::getpid(), *ours));
        EXPECT_TRUE(lives(::getpid(), 0));
        EXPECT_FALSE(lives(::getpid(), *ours + 1)) << "another process had this pid";
        const auto start = start_ticks(*pid);
        ASSERT_TRUE(ours && start);
        EXPECT_GT(*ours, 0);
        EXPECT_GE(*start, *ours);
        ::kill(*pid, SIGKILL);
        ::waitpid(*pid, nullptr, 0);
        EXPECT_FALSE(start_ticks(*pid));
        EXPECT_FALSE(lives(*pid, 0));
    });
}

TEST(StartTicks, AreFoundBehindAnyName) {
    isolated([] {
        const auto before = start_ticks(::getpid());
        ASSERT_TRUE(before);
        ::prctl(PR_SET_NAME, "a ) R 1 2) 3");
        EXPECT_EQ(start_ticks(::getpid()), before);
    });
}

TEST(DescribeProcesses, KnowsPostgresByItsTitleAndSleepersByTheirState) {
    isolated([] {
        Command command;
        command.arguments = {"bash", "-c", "exec -a 'postgres: checkpointer ' sleep 600"};
        const auto pid = spawn(command);
        ASSERT_TRUE(pid);
        const auto process = wait_for(*pid, [](const ProcessDescription& description) {
            return description.state == 'S' && description.title == "postgres: checkpointer ";
        });
        EXPECT_EQ(process.parent, ::getpid());
        EXPECT_EQ(process.text().substr(0, 6), "pid " + std::to_string(*pid).substr(0, 2));
        ::kill(*pid, SIGKILL);
    });
}

TEST(DescribeProcesses, ReportsNoArgumentsOfOtherPrograms) {
    isolated([] {
        Command command;
        command.arguments = {"sh", "-c", "sleep 600; : password=topsecret"};
        const auto pid = spawn(command);
        ASSERT_TRUE(pid);
        const auto process = wait_for(*pid, [](const auto& description) {
            return description.title == "sh" && description.state == 'S';
        });
        EXPECT_EQ(process.text().find("topsecret"), std::string::npos);
        bool grandchild = false;
        for (const auto& other : describe_processes()) {
            grandchild = grandchild || other.parent == *pid;
        }
        EXPECT_TRUE(grandchild) << "descendants, not children only";
        ::kill(-*pid, SIGKILL);
    });
}

TEST(DescribeProcesses, IsNotFooledByAName) {
    isolated([] {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::prctl(PR_SET_NAME, "x) Z 1 (y");
            for (;;) {
                ::pause();
            }
        }
        const auto process =
            wait_for(pid, [](const auto& description) { return description.title == "x) Z 1 (y"; });
        EXPECT_EQ(process.parent, ::getpid());
        EXPECT_NE(process.state, 'Z');
        ::kill(pid, SIGKILL);
    });
}

TEST(ProcessDescription, ReadsAsOneLine) {
    const ProcessDescription waiting{71, 1, 'D', "io_schedule", "postgres: checkpointer"};
    EXPECT_EQ(waiting.text(), "pid 71, D in io_schedule: postgres: checkpointer");
    const ProcessDescription running{72, 1, 'R', "", "gzip"};
    EXPECT_EQ(running.text(), "pid 72, R: gzip");
}

}  // namespace
}  // namespace citus_init::process
