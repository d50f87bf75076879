#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace citus_init::agent {

// Pauses between attempts on the local server: short at first, since it is about to accept.
class Backoff {
  public:
    std::chrono::milliseconds next() {
        return std::exchange(pause_, std::min(pause_ * 2, kLongest));
    }
    void restore() { pause_ = kShortest; }

  private:
    static constexpr std::chrono::milliseconds kShortest{10};
    static constexpr std::chrono::milliseconds kLongest{10'000};
    std::chrono::milliseconds pause_ = kShortest;
};

}  // namespace citus_init::agent
