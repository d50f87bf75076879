#pragma once

#include <chrono>

namespace citus_init::citus {

// 1, 2, 4 ... 30 s after the first, second, third ... failure, and up to a fifth more, so that
// nodes that failed together do not come back together. `random` is in [0, 1).
std::chrono::milliseconds backoff_delay(int failures_before, double random);

// 0.1 to 1 s: a lock is soon released, and two that deadlocked must not meet again.
std::chrono::milliseconds conflict_delay(double random);

}  // namespace citus_init::citus
