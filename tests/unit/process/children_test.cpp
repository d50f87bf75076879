#include "citus_init/process/children.h"

#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "citus_init/process/signals.h"

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

using namespace std::chrono_literals;

Command shell(const std::string& text) {
    Command command;
    command.arguments = {"sh", "-c", text};
    return command;
}

// Reaps until no child is left at all.
void reap_all(Children& children) {
    for (children.reap(); Children::any(); children.reap()) {
        wait_for_signal();
    }
}

TEST(Children, ReportEachOwnerHowItsChildEnded) {
    isolated([] {
        block_signals();
        Children children;
        std::vector<ExitStatus> reported;
        const auto note = [&](ExitStatus status) { reported.push_back(status); };
        for (const char* text : {"exit 0", "exit 255", "kill -KILL $$", "kill -s RTMAX $$"}) {
            ASSERT_TRUE(children.spawn(shell(text), note));
            reap_all(children);
        }
        EXPECT_EQ(reported, (std::vector{ExitStatus::exited(0), ExitStatus::exited(255),
                                         ExitStatus::signaled(SIGKILL), ExitStatus::signaled(64)}));
    });
}

TEST(Children, KnowWhoIsStopped) {
    isolated([] {
        block_signals();
        Children children;
        children.watch_stops();
        std::vector<ExitStatus> reported;
        const auto pid = children.spawn(shell("kill -STOP $$; exit 3"),
                                        [&](ExitStatus status) { reported.push_back(status); });
        ASSERT_TRUE(pid);
        const auto reap_until = [&](bool is_stopped) {
            for (children.reap(); children.is_stopped(*pid) != is_stopped; children.reap()) {
                wait_for_signal();
            }
        };
        reap_until(true);
        EXPECT_TRUE(reported.empty());
        EXPECT_FALSE(children.is_stopped(*pid + 1));
        ::kill(*pid, SIGCONT);
        reap_until(false);
        reap_all(children);
        EXPECT_EQ(reported, std::vector{ExitStatus::exited(3)});
    });
}

// A stopped process can be killed, and its pid is somebody else's then.
TEST(Children, ForgetWhoEndedWhileStopped) {
    isolated([] {
        block_signals();
        Children children;
        children.watch_stops();
        const auto pid = children.spawn(shell("kill -STOP $$"), nullptr);
        ASSERT_TRUE(pid);
        for (children.reap(); !children.is_stopped(*pid); children.reap()) {
            wait_for_signal();
        }
        ::kill(*pid, SIGKILL);
        reap_all(children);
        EXPECT_FALSE(children.is_stopped(*pid));
    });
}

TEST(Children, MaySpawnWithinACallback) {
    isolated([] {
        block_signals();
        Children children;
        int generations = 0;
        Children::OnExit again = [&](ExitStatus) {
            EXPECT_FALSE(Children::any()) << "the child that is told of is gone";
            EXPECT_TRUE(children.orphans().empty());
            if (++generations < 3) {
                EXPECT_TRUE(children.spawn(shell("exit 0"), again));
            }
        };
        ASSERT_TRUE(children.spawn(shell("exit 0"), again));
        reap_all(children);
        EXPECT_EQ(generations, 3);
    });
}

TEST(Children, ReapABurstWithoutKeepingUsFromOurSignals) {
    isolated([] {
        constexpr int kBurst = 10'000;
        block_signals();
        for (int i = 0; i < kBurst; ++i) {
            const pid_t pid = ::fork();
            ASSERT_GE(pid, 0);
            if (pid == 0) {
                ::_exit(0);
            }
        }
        Children children;
        ::kill(::getpid(), SIGTERM);
        children.reap();
        EXPECT_TRUE(Children::any()) << "one call takes a part only";
        EXPECT_EQ(wait_for_signal(0ns), SIGTERM);
        EXPECT_EQ(wait_for_signal(0ns), SIGCHLD) << "and asks to be called again";
        reap_all(children);
    });
}

TEST(Children, DistinguishAdoptedOnesFromTheirOwn) {
    isolated([] {
        block_signals();
        Children::become_subreaper();
        Children children;
        Command waiting;
        waiting.arguments = waiting_helper();
        const auto own = children.spawn(waiting, nullptr);
        ASSERT_TRUE(own);
        bool left = false;
        Command leaving;
        leaving.arguments = orphan_helper("/");
        ASSERT_TRUE(children.spawn(leaving, [&](ExitStatus status) { left = status.success(); }));
        while (!left) {
            EXPECT_EQ(wait_for_signal(), SIGCHLD);
            children.reap();
        }
        const auto orphans = children.orphans();
        ASSERT_EQ(orphans.size(), 1U);
        EXPECT_NE(orphans.front(), *own);
        ::kill(orphans.front(), SIGKILL);
        ::kill(*own, SIGKILL);
        reap_all(children);
        EXPECT_TRUE(children.orphans().empty());
    });
}

}  // namespace
}  // namespace citus_init::process
