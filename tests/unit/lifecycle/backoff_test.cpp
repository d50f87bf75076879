#include "citus_init/lifecycle/backoff.h"

#include <gtest/gtest.h>

namespace citus_init::lifecycle {
namespace {

TEST(Backoff, DoublesUpToHalfAMinute) {
    const Milliseconds first{1'000};
    EXPECT_EQ(backoff(first, 0), Milliseconds(1'000));
    EXPECT_EQ(backoff(first, 1), Milliseconds(2'000));
    EXPECT_EQ(backoff(first, 4), Milliseconds(16'000));
    EXPECT_EQ(backoff(first, 5), Milliseconds(30'000));
    EXPECT_EQ(backoff(first, 1'000'000), Milliseconds(30'000));
}

TEST(Backoff, IsTheFirstDelayForNoFailure) {
    EXPECT_EQ(backoff(Milliseconds(100), -1), Milliseconds(100));
}

}  // namespace
}  // namespace citus_init::lifecycle
