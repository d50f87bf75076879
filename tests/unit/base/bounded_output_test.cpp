#include "citus_init/base/bounded_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "citus_init/base/fd.h"

namespace citus_init {
namespace {

TEST(BoundedOutput, GivesAReaderThatTakesNothingUp) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd out(ends[0]);
    const Fd in(ends[1]);
    const auto capacity = static_cast<std::size_t>(::fcntl(in.get(), F_SETPIPE_SZ, 8192));
    BoundedOutput output(in.get());
    const std::string half(capacity / 2, 'x');
    EXPECT_TRUE(output.write(half));
    EXPECT_TRUE(output.write(half));
    EXPECT_FALSE(output.write("no room"));
    EXPECT_FALSE(output.write("not waited for"));
    std::string taken(capacity, '\0');
    ASSERT_EQ(::read(out.get(), taken.data(), taken.size()), static_cast<ssize_t>(capacity));
    EXPECT_TRUE(output.write("again"));
    ASSERT_EQ(::read(out.get(), taken.data(), taken.size()), 5);
    EXPECT_EQ(taken.substr(0, 5), "again");
}

TEST(BoundedOutput, SurvivesAReaderThatIsGone) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    Fd out(ends[0]);
    const Fd in(ends[1]);
    out.reset();
    auto* const before = ::signal(SIGPIPE, SIG_IGN);
    BoundedOutput output(in.get());
    EXPECT_FALSE(output.write("nobody"));
    ::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace citus_init
