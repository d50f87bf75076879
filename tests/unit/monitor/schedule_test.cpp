#include "monitor/schedule.h"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::monitor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Eq;
using testing::Optional;

const SteadyTime kStart{seconds(1000)};

NodeTurn turn(int due, int failures = 0, bool busy = false) {
    return {{"w", 5432}, failures, busy, kStart + seconds(due)};
}

TEST(DelayAfter, DoublesUpToAMinute) {
    EXPECT_EQ(delay_after(0, seconds(10)), seconds(10));
    EXPECT_EQ(delay_after(1, seconds(10)), seconds(20));
    EXPECT_EQ(delay_after(2, seconds(10)), seconds(40));
    EXPECT_EQ(delay_after(3, seconds(10)), seconds(60));
    EXPECT_EQ(delay_after(1'000'000, seconds(10)), seconds(60));
    EXPECT_EQ(delay_after(9, seconds(120)), seconds(120)) << "never sooner than the interval";
    EXPECT_EQ(delay_after(1, milliseconds(100)), milliseconds(200));
}

TEST(SizeSchedule, IsDueAtOnceAndInEachSixthPass) {
    SizeSchedule schedule;
    std::vector<int> passes_with_sizes;
    for (int pass = 0; pass < 14; ++pass) {
        const SteadyTime begin = kStart + seconds(10 * pass);
        const bool is_due = schedule.is_due(begin);
        if (is_due) {
            passes_with_sizes.push_back(pass);
        }
        schedule.note_pass(is_due, begin, milliseconds(3));
    }
    EXPECT_THAT(passes_with_sizes, testing::ElementsAre(0, 6, 12));
}

TEST(SizeSchedule, TakesATwentiethOfTheTimeAtMost) {
    SizeSchedule schedule;
    schedule.note_pass(true, kStart, seconds(4));
    for (int pass = 1; pass < 8; ++pass) {
        EXPECT_FALSE(schedule.is_due(kStart + seconds(10 * pass))) << pass;
        schedule.note_pass(false, kStart + seconds(10 * pass), {});
    }
    EXPECT_TRUE(schedule.is_due(kStart + seconds(80)));
}

TEST(NextTurn, TakesTheOneThatHasBeenDueLongest) {
    EXPECT_THAT(next_turn({turn(0), turn(-5), turn(-3)}, 4, kStart), Optional(Eq(1U)));
    EXPECT_EQ(next_turn({turn(1), turn(-5, 0, true)}, 4, kStart), std::nullopt);
    EXPECT_EQ(next_turn({}, 4, kStart), std::nullopt);
}

TEST(NextTurn, KeepsHalfOfTheThreadsForNodesThatAnswer) {
    const std::vector<NodeTurn> two_hang{turn(-9, 1, true), turn(-9, 4, true), turn(-8, 1),
                                         turn(-1)};
    EXPECT_THAT(next_turn(two_hang, 4, kStart), Optional(Eq(3U)));
    EXPECT_THAT(next_turn(two_hang, 6, kStart), Optional(Eq(2U)));
    EXPECT_THAT(next_turn({turn(0, 3)}, 1, kStart), Optional(Eq(0U))) << "one thread asks all";
}

TEST(NextDue, IsTheEarliestTimeToCome) {
    EXPECT_THAT(next_due({turn(5), turn(3), turn(1, 0, true), turn(-2, 1)}, kStart),
                Optional(kStart + seconds(3)));
    EXPECT_EQ(next_due({turn(-2)}, kStart), std::nullopt);
}

}  // namespace
}  // namespace citus_init::monitor
