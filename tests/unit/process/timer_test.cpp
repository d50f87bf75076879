#include "citus_init/process/timer.h"

#include <gtest/gtest.h>

namespace citus_init::process {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

class TimerTest : public testing::Test {
  protected:
    std::unique_ptr<Timer> timer(std::function<void()> expired) {
        return std::move(Timer::create(*loop_, std::move(expired)).value());
    }
    // Runs the loop until everything that is due within 20 ms was told.
    void run_a_while() {
        const auto end = timer([this] { loop_->stop(); });
        end->start(20ms);
        loop_->run();
    }

    std::unique_ptr<EventLoop> loop_ = std::move(EventLoop::create().value());
};

TEST_F(TimerTest, FiresOnceAndNotBeforeItsTime) {
    int fired = 0;
    const auto start = steady_clock::now();
    auto at = start;
    const auto subject = timer([&] {
        ++fired;
        at = steady_clock::now();
    });
    subject->start(5ms);
    run_a_while();
    EXPECT_EQ(fired, 1);
    EXPECT_GE(at - start, 5ms);
}

TEST_F(TimerTest, TakesADelayThatIsOverAsNow) {
    for (const auto delay : {0ns, std::chrono::nanoseconds(-5s)}) {
        const auto subject = timer([this] { loop_->stop(); });
        subject->start(delay);
        loop_->run();  // would block for ever
    }
}

TEST_F(TimerTest, NeverFiresOnceCancelledThoughItHadExpired) {
    int fired = 0;
    std::unique_ptr<Timer> first;
    std::unique_ptr<Timer> second;
    first = timer([&] {
        ++fired;
        second->cancel();
    });
    second = timer([&] {
        ++fired;
        first->cancel();
    });
    first->start(0ns);
    second->start(0ns);
    run_a_while();
    EXPECT_EQ(fired, 1);
}

TEST_F(TimerTest, MayBeRestartedInItsOwnCallback) {
    int fired = 0;
    std::unique_ptr<Timer> subject;
    subject = timer([&] {
        if (++fired < 3) {
            subject->start(0ns);
        } else {
            loop_->stop();
        }
    });
    subject->start(0ns);
    loop_->run();
    EXPECT_EQ(fired, 3);
}

TEST_F(TimerTest, MayBeDestroyedInItsOwnCallback) {
    std::unique_ptr<Timer> subject;
    const auto canary = std::make_shared<int>(7);
    subject = timer([&, canary] {
        subject.reset();
        EXPECT_EQ(*canary, 7);
        loop_->stop();
    });
    subject->start(0ns);
    loop_->run();
    EXPECT_EQ(subject, nullptr);
}

}  // namespace
}  // namespace citus_init::process
