#include "cli/cluster/move_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::cli {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kGigabyte = 1LL << 30;

citus::MoveJob job_at(int done, std::int64_t copied, const std::string& position = "") {
    citus::MoveJob job;
    job.id = 7;
    job.state = "running";
    job.done = done;
    job.total = 4;
    citus::RunningMove move;
    move.from = "w1:5432";
    move.to = "w2:5432";
    move.phase = "Copying Data";
    move.total_bytes = kGigabyte;
    move.copied_bytes = copied;
    move.position = position;
    job.running.push_back(move);
    return job;
}

TEST(MoveProgress, ReportsHowFarItIsAndHowLongItTakes) {
    const MoveProgress::TimePoint start{};
    MoveProgress progress(4 * kGigabyte, start);
    progress.sample(job_at(1, 0), kGigabyte, start + seconds(30));
    EXPECT_EQ(
        progress.line(),
        "1 of 4 steps, 1.0 GB of 4.0 GB, 25 %, about 1 min 30 s left; Copying Data w1:5432 -> "
        "w2:5432");
    EXPECT_DOUBLE_EQ(progress.fraction(), 0.25);
}

TEST(MoveProgress, PromisesNothingBeforeAnythingHasMoved) {
    MoveProgress progress(4 * kGigabyte, {});
    progress.sample(job_at(0, 0), 0, MoveProgress::TimePoint(seconds(5)));
    EXPECT_THAT(progress.line(), Not(HasSubstr("left")));
}

TEST(MoveProgress, NeverGoesBack) {
    MoveProgress progress(4 * kGigabyte, {});
    progress.sample(job_at(1, kGigabyte / 2), kGigabyte, MoveProgress::TimePoint(seconds(1)));
    const double before = progress.fraction();
    progress.sample(job_at(1, 0), kGigabyte, MoveProgress::TimePoint(seconds(2)));  // a retry
    EXPECT_GE(progress.fraction(), before);
}

TEST(MoveProgress, CountsMovesWhereSizesAreUnknown) {
    MoveProgress progress(0, {});
    progress.sample(job_at(2, 5), 0, MoveProgress::TimePoint(seconds(10)));
    EXPECT_DOUBLE_EQ(progress.fraction(), 0.5);
    EXPECT_THAT(progress.line(), HasSubstr("2 of 4 steps, 50 %, about 10 s left"));
}

TEST(MoveProgress, ReportsAStandstillOnceUntilSomethingMoves) {
    MoveProgress progress(4 * kGigabyte, {});
    const auto at = [](int when) { return MoveProgress::TimePoint(seconds(when)); };
    progress.sample(job_at(1, 7, "0/1"), kGigabyte, at(1));
    EXPECT_EQ(progress.new_trouble(), std::nullopt);
    progress.sample(job_at(1, 7, "0/1"), kGigabyte, at(60));
    EXPECT_EQ(progress.new_trouble(), std::nullopt);
    progress.sample(job_at(1, 7, "0/1"), kGigabyte, at(61));
    const auto trouble = progress.new_trouble();
    ASSERT_TRUE(trouble);
    EXPECT_THAT(*trouble, HasSubstr("nothing has changed for 1 min 0 s"));
    EXPECT_EQ(progress.new_trouble(), std::nullopt);
    progress.sample(job_at(1, 7, "0/2"), kGigabyte, at(62));
    EXPECT_EQ(progress.new_trouble(), std::nullopt);
    progress.sample(job_at(1, 7, "0/2"), kGigabyte, at(122));
    EXPECT_TRUE(progress.new_trouble());
}

TEST(MoveProgress, ReportsWhyAMoveIsTriedAgain) {
    MoveProgress progress(0, {});
    auto job = job_at(0, 0);
    job.running[0].retried = 2;
    job.running[0].message = "could not connect";
    progress.sample(job, 0, {});
    const auto trouble = progress.new_trouble();
    ASSERT_TRUE(trouble);
    EXPECT_THAT(*trouble, HasSubstr("failed 2 times and is tried again: could not connect"));
}

}  // namespace
}  // namespace citus_init::cli
