#include "citus_init/agent/reporter.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class ReporterWait : public testing::Test {
  protected:
    ReporterWait() : reporter_(open()) {}

    Fd open() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        parent_ = Fd(ends[0]);
        return Fd(ends[1]);
    }

    Fd parent_;
    Reporter reporter_;
};

TEST_F(ReporterWait, SendsAHeartbeatAtOnce) {
    reporter_.start_heartbeat();
    std::array<char, 64> line{};
    const auto count = ::recv(parent_.get(), line.data(), line.size(), 0);
    EXPECT_EQ(std::string(line.data(), static_cast<std::size_t>(count)),
              "{\"report\":\"alive\"}\n");
}

// PID 1 forgets it when the server ends, of which the agent may see nothing.
TEST_F(ReporterWait, SendsReadinessEachTime) {
    for (int i = 0; i < 2; ++i) {
        reporter_.report(status::ReadinessReport());
        reporter_.report(status::Membership{true});
    }
    std::array<char, 1024> lines{};
    const auto count = ::recv(parent_.get(), lines.data(), lines.size(), 0);
    const std::string text(lines.data(), static_cast<std::size_t>(count));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
}

TEST_F(ReporterWait, EndsInTime) {
    EXPECT_FALSE(reporter_.parent_gone_within(milliseconds{1}));
}

TEST_F(ReporterWait, EndsWhenTheParentIsGone) {
    parent_.reset();
    EXPECT_TRUE(reporter_.parent_gone_within(std::nullopt));
}

TEST_F(ReporterWait, IsWokenByAnotherThread) {
    std::thread other([this] { reporter_.wake(); });
    EXPECT_FALSE(reporter_.parent_gone_within(hours{1}));
    other.join();
    EXPECT_FALSE(reporter_.take_reload_request());
}

TEST_F(ReporterWait, IsWokenOnceByWhatCameBeforeIt) {
    reporter_.wake();
    reporter_.wake();
    EXPECT_FALSE(reporter_.parent_gone_within(hours{1}));
    parent_.reset();
    EXPECT_TRUE(reporter_.parent_gone_within(hours{1}));
}

TEST_F(ReporterWait, SeesTheParentsEndThoughItIsWokenToo) {
    reporter_.wake();
    parent_.reset();
    EXPECT_TRUE(reporter_.parent_gone_within(hours{1}));
}

}  // namespace
}  // namespace citus_init::agent
