#include "citus_init/base/parallel.h"

#include <atomic>
#include <barrier>
#include <vector>

#include <gtest/gtest.h>

namespace citus_init {
namespace {

TEST(InParallel, DoesEachOnce) {
    std::vector<std::atomic<int>> done(100);
    in_parallel(done.size(), 16, [&](std::size_t index) { ++done[index]; });
    for (const auto& count : done) {
        EXPECT_EQ(count, 1);
    }
    in_parallel(0, 16, [](std::size_t) { FAIL(); });
}

// Would never return otherwise: each waits for all of them.
TEST(InParallel, DoesThemAtTheSameTime) {
    constexpr std::size_t kCount = 8;
    std::barrier all_there(kCount);
    std::atomic<int> done{0};
    in_parallel(kCount, kCount, [&](std::size_t) {
        all_there.arrive_and_wait();
        ++done;
    });
    EXPECT_EQ(done, kCount);
}

}  // namespace
}  // namespace citus_init
