#include "citus/retry_delay.h"

#include <algorithm>

namespace citus_init::citus {

using std::chrono::milliseconds;

milliseconds backoff_delay(int failures_before, double random) {
    constexpr int kMostDoublings = 5;
    constexpr double kFirst = 1'000;
    constexpr double kMost = 30'000;
    constexpr double kJitter = 0.2;
    const int doublings = std::clamp(failures_before, 0, kMostDoublings);
    const double delay = std::min(kFirst * static_cast<double>(1 << doublings), kMost);
    return milliseconds(static_cast<milliseconds::rep>(delay * (1 + kJitter * random)));
}

milliseconds conflict_delay(double random) {
    constexpr double kLeast = 100;
    constexpr double kSpan = 900;
    return milliseconds(static_cast<milliseconds::rep>(kLeast + kSpan * random));
}

}  // namespace citus_init::citus
