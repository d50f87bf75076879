#include "citus_init/network/bounded_call.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::network {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

bool no_child_is_left() {
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

TEST(CallWithin, GivesWhatTheWorkGave) {
    const auto answer = call_within(seconds(30), [] { return std::string("a\0b", 3); });
    EXPECT_EQ(answer.value(), std::string("a\0b", 3));
    EXPECT_TRUE(no_child_is_left());
}

TEST(CallWithin, TakesAnswersOfAnySize) {
    const std::string long_text(3'000'000, 'x');
    EXPECT_EQ(call_within(seconds(30), [&] { return long_text; }).value(), long_text);
    EXPECT_EQ(call_within(seconds(30), [] { return std::string(); }).value(), "");
}

TEST(CallWithin, EndsWorkThatHangs) {
    const auto started = steady_clock::now();
    const auto answer = call_within(milliseconds(100), []() -> std::string {
        for (;;) {
            ::pause();
        }
    });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ExitCode::unavailable);
    EXPECT_THAT(answer.error().message, testing::HasSubstr("within 100 ms"));
    EXPECT_LT(steady_clock::now() - started, seconds(20));
    EXPECT_TRUE(no_child_is_left());
}

TEST(CallWithin, ReportsWorkThatDies) {
    const auto killed = call_within(seconds(30), []() -> std::string {
        ::kill(::getpid(), SIGKILL);
        return "";
    });
    const auto thrown =
        call_within(seconds(30), []() -> std::string { throw std::runtime_error("no"); });
    for (const auto& answer : {killed, thrown}) {
        ASSERT_FALSE(answer);
        EXPECT_THAT(answer.error().message, testing::HasSubstr("died"));
    }
    EXPECT_TRUE(no_child_is_left());
}

}  // namespace
}  // namespace citus_init::network
