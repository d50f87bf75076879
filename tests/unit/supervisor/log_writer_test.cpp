#include "supervisor/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/base/fd.h"

namespace citus_init::supervisor {
namespace {

using std::chrono::milliseconds;

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        out = Fd(ends[0]);
        in = Fd(ends[1]);
    }
    std::string read_all() {
        in.reset();
        std::string text;
        std::array<char, 4096> part{};
        for (ssize_t count = 0; (count = ::read(out.get(), part.data(), part.size())) > 0;) {
            text.append(part.data(), static_cast<std::size_t>(count));
        }
        return text;
    }
    Fd out;
    Fd in;
};

std::string report(std::uint64_t dropped) {
    return fmt::format("dropped {}\n", dropped);
}

TEST(LogWriter, WritesEverythingInItsOrder) {
    Pipe pipe;
    LogWriter writer(pipe.in.get(), 1U << 20U, report);
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        writer.write(fmt::format("line {}\n", i));
        expected += fmt::format("line {}\n", i);
    }
    EXPECT_TRUE(writer.finish(milliseconds(20'000)));
    EXPECT_EQ(pipe.read_all(), expected);
}

// The pipe is full, and nobody reads until all was given.
TEST(LogWriter, NeverWaitsForAReaderAndCountsWhatItDrops) {
    Pipe pipe;
    const std::string full(static_cast<std::size_t>(::fcntl(pipe.in.get(), F_SETPIPE_SZ, 4096)),
                           '\n');
    ASSERT_EQ(::write(pipe.in.get(), full.data(), full.size()), static_cast<ssize_t>(full.size()));
    LogWriter writer(pipe.in.get(), 64U << 10U, report);
    const std::string line = std::string(99, 'x') + "\n";
    constexpr int kLines = 10'000;
    for (int i = 0; i < kLines; ++i) {
        writer.write(line);
    }
    EXPECT_FALSE(writer.finish(milliseconds(50)));
    std::string text;
    std::array<char, 65536> part{};
    int kept = 0;
    unsigned long long dropped = 0;
    // It may be told of twice: its thread takes the first lines when it gets to run.
    while (kept + static_cast<int>(dropped) < kLines) {
        const ssize_t count = ::read(pipe.out.get(), part.data(), part.size());
        ASSERT_GT(count, 0);
        text.append(part.data(), static_cast<std::size_t>(count));
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            const std::string read = text.substr(0, end + 1);
            text.erase(0, end + 1);
            if (read == line) {
                ++kept;
            } else if (read != "\n") {
                unsigned long long some = 0;
                ASSERT_EQ(std::sscanf(read.c_str(), "dropped %llu", &some), 1) << read;
                dropped += some;
            }
        }
    }
    EXPECT_EQ(kept + static_cast<int>(dropped), kLines);
    EXPECT_GT(kept, 600);
    EXPECT_GT(dropped, 0U);
}

TEST(LogWriter, LosesWhatNobodyReadsAnyMore) {
    Pipe pipe;
    pipe.out.reset();
    ::signal(SIGPIPE, SIG_IGN);
    LogWriter writer(pipe.in.get(), 1U << 20U, report);
    writer.write("nobody\n");
    EXPECT_TRUE(writer.finish(milliseconds(20'000)));
}

}  // namespace
}  // namespace citus_init::supervisor
