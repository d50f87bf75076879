#include "citus_init/lifecycle/backoff.h"

#include <algorithm>

namespace citus_init::lifecycle {

Milliseconds backoff(Milliseconds first, int doublings) {
    constexpr Milliseconds kLongest{30'000};
    constexpr int kEnough = 15;  // further doubling would only overflow
    return std::min(first * (1 << std::clamp(doublings, 0, kEnough)), kLongest);
}

}  // namespace citus_init::lifecycle
