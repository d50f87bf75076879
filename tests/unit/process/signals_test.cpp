#include "citus_init/process/signals.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

using namespace std::chrono_literals;

std::uint64_t kernel_mask() {
    std::uint64_t mask = 0;
    ::syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &mask, sizeof mask);
    return mask;
}

std::uint64_t bit(int signal) {
    return std::uint64_t{1} << (signal - 1);
}

void set_kernel_mask(std::uint64_t mask) {
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, sizeof mask);
}

void write_into_a_pipe_without_reader() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ::close(ends[0]);
    EXPECT_EQ(::write(ends[1], "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
    ::close(ends[1]);
}

TEST(BlockSignals, BlocksAllThatCanBeBlocked) {
    isolated([] {
        block_signals();
        const std::uint64_t libc_and_unblockable = bit(SIGKILL) | bit(SIGSTOP) | bit(32) | bit(33);
        EXPECT_EQ(kernel_mask(), ~libc_and_unblockable);
    });
}

TEST(EndIsWantedWithin, TakesNoOtherSignalForOne) {
    isolated([] {
        block_signals();
        EXPECT_FALSE(end_is_wanted_within(0ns));
        for (const int signal : {SIGWINCH, SIGCONT, SIGUSR1}) {
            ::raise(signal);
        }
        EXPECT_FALSE(end_is_wanted_within(1ms));
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
            ::raise(SIGWINCH);
            ::raise(signal);
            EXPECT_TRUE(end_is_wanted_within(1min)) << signal;
        }
    });
}

TEST(BlockSignals, RestoresTheMaskToTheLastBit) {
    isolated([] {
        const std::uint64_t odd = bit(SIGUSR1) | bit(33) | bit(64);
        set_kernel_mask(odd);
        restore_signals(block_signals());
        EXPECT_EQ(kernel_mask(), odd);
    });
}

TEST(BlockSignals, SeesChildrenThoughSigchldWasIgnored) {
    isolated([] {
        ::signal(SIGCHLD, SIG_IGN);
        const auto inherited = block_signals();
        EXPECT_TRUE(inherited.child_ignored);
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::_exit(3);
        }
        EXPECT_EQ(wait_for_signal(), SIGCHLD);
        int status = 0;
        EXPECT_EQ(::waitpid(pid, &status, 0), pid) << "the kernel would have reaped it";
        restore_signals(inherited);
        EXPECT_EQ(::signal(SIGCHLD, SIG_DFL), SIG_IGN);
    });
}

TEST(BlockSignals, LeavesOurOwnFaultsDeadly) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGFPE, SIG_DFL);  // sanitizers catch it
        block_signals();
        // As the kernel forces it on a faulting instruction.
        asm volatile("ud2");  // NOLINT: no portable way to fault
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(WaitForSignal, TakesTheLowestFirstAndKeepsTheRealtimeQueue) {
    isolated([] {
        block_signals();
        const std::vector<int> sent{SIGRTMIN + 6, SIGRTMIN + 6, SIGTERM, SIGTERM, SIGHUP, 64};
        for (const int signal : sent) {
            ::kill(::getpid(), signal);
        }
        std::vector<int> taken;
        while (const auto signal = wait_for_signal(0ns)) {
            taken.push_back(*signal);
        }
        // Two TERM are one: standard signals do not queue.
        EXPECT_EQ(taken, (std::vector<int>{SIGHUP, SIGTERM, SIGRTMIN + 6, SIGRTMIN + 6, 64}));
    });
}

TEST(WaitForSignal, EndsAtTheTimeout) {
    isolated([] {
        block_signals();
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(wait_for_signal(5ms), std::nullopt);
        EXPECT_GE(std::chrono::steady_clock::now() - start, 5ms);
        EXPECT_EQ(wait_for_signal(-1s), std::nullopt);
    });
}

TEST(WaitForSignal, DropsThePipeSignalOfOurOwnWrite) {
    isolated([] {
        block_signals();
        write_into_a_pipe_without_reader();
        EXPECT_EQ(wait_for_signal(0ns), std::nullopt);
        const pid_t parent = ::getpid();
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::kill(parent, SIGPIPE);
            ::_exit(0);
        }
        EXPECT_EQ(wait_for_signal(), SIGPIPE) << "somebody else's is told";
    });
}

TEST(SignalSource, ReportsEachPendingSignal) {
    isolated([] {
        block_signals();
        const auto loop = EventLoop::create().value();
        std::vector<int> reported;
        const auto source = SignalSource::create(*loop, [&](int signal) {
            reported.push_back(signal);
            if (signal == 64) {
                loop->stop();
            }
        });
        ASSERT_TRUE(source);
        write_into_a_pipe_without_reader();
        for (const int signal : {64, SIGSEGV, SIGRTMIN, SIGRTMIN, SIGTERM}) {
            ::kill(::getpid(), signal);
        }
        loop->run();
        EXPECT_EQ(reported, (std::vector<int>{SIGSEGV, SIGTERM, SIGRTMIN, SIGRTMIN, 64}));
    });
}

TEST(SignalSource, MayBeDestroyedInItsOwnCallback) {
    isolated([] {
        block_signals();
        const auto loop = EventLoop::create().value();
        std::unique_ptr<SignalSource> source;
        source = std::move(SignalSource::create(*loop, [&](int) {
                               source.reset();
                               loop->stop();
                           }).value());
        ::kill(::getpid(), SIGHUP);
        ::kill(::getpid(), SIGTERM);
        loop->run();
        EXPECT_EQ(wait_for_signal(0ns), SIGTERM) << "what was not taken stays pending";
    });
}

}  // namespace
}  // namespace citus_init::process
