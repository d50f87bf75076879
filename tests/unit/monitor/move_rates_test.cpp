#include "monitor/move_rates.h"

#include <gtest/gtest.h>

namespace citus_init::monitor {
namespace {

constexpr double kSize = 1000;

ShardMove moving(std::int64_t shard, double copied) {
    ShardMove move;
    move.shard_id = shard;
    move.target = {"w2", 5432};
    move.state = ShardMove::State::moving;
    move.bytes = kSize;
    move.copied_bytes = copied;
    return move;
}

WallTime at(int seconds) {
    return WallTime(std::chrono::seconds(1'000'000 + seconds));
}

TEST(TimeLeft, IsNotKnownAtFirstSight) {
    EXPECT_FALSE(with_time_left({moving(1, 500)}, {}, at(0))[0].left);
}

TEST(TimeLeft, FollowsFromTheRateSinceThen) {
    const auto first = with_time_left({moving(1, 200)}, {}, at(0));
    const auto second = with_time_left({moving(1, 400)}, first, at(10));
    EXPECT_DOUBLE_EQ(second[0].left->count(), 30);
    const auto third = with_time_left({moving(1, 900)}, second, at(35));
    EXPECT_DOUBLE_EQ(third[0].left->count(), 5) << "of the rate since it was first seen";
}

TEST(TimeLeft, IsNoneWhereNothingIsCopied) {
    const auto first = with_time_left({moving(1, 200)}, {}, at(0));
    EXPECT_FALSE(with_time_left({moving(1, 200)}, first, at(10))[0].left);
    EXPECT_FALSE(with_time_left({moving(1, 210)}, first, at(10))[0].left) << "too little";
    EXPECT_FALSE(with_time_left({moving(1, 100)}, first, at(10))[0].left);
    EXPECT_FALSE(with_time_left({moving(1, 300)}, first, at(-10))[0].left) << "the clock was set";
}

TEST(TimeLeft, IsZeroForATargetThatOutgrewItsSource) {
    const auto first = with_time_left({moving(1, 200)}, {}, at(0));
    EXPECT_DOUBLE_EQ(with_time_left({moving(1, 1100)}, first, at(10))[0].left->count(), 0);
}

TEST(TimeLeft, IsOfTheSameMove) {
    auto elsewhere = moving(1, 200);
    elsewhere.target = {"w3", 5432};
    const auto first = with_time_left({elsewhere, moving(2, 0)}, {}, at(0));
    EXPECT_FALSE(with_time_left({moving(1, 400)}, first, at(10))[0].left);
    EXPECT_TRUE(with_time_left({moving(2, 400)}, first, at(10))[0].left);
}

}  // namespace
}  // namespace citus_init::monitor
