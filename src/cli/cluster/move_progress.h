#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "citus_init/citus/operations/shard_moves.h"

namespace citus_init::cli {

// What the samples of a job show: how far it is, when it may be done, whether it stands still.
// Pure: the clock is the caller's.
class MoveProgress {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // `total_bytes`: of all planned moves; 0 = not known.
    MoveProgress(std::int64_t total_bytes, TimePoint start);

    // `arrived_bytes`: of the moves that are complete.
    void sample(const citus::MoveJob& job, std::int64_t arrived_bytes, TimePoint now);

    // A job has a step for each move, and one more where reference tables have to be copied first.
    // "3 of 12 steps, 1.2 of 4.0 GB, 30 %, about 2 min left; Copying Data w1:5432 -> w3:5432"
    std::string line() const;

    // Once per standstill: what hangs, for how long, and what Citus says of it. None: all is well.
    std::optional<std::string> new_trouble();

    // In [0, 1].
    double fraction() const;

  private:
    static constexpr std::chrono::seconds kStandstill{60};

    std::string fingerprint() const;

    std::int64_t total_bytes_;
    TimePoint start_;
    TimePoint now_;
    TimePoint changed_;
    citus::MoveJob job_;
    std::int64_t bytes_ = 0;
    std::string last_fingerprint_;
    std::string reported_;
};

}  // namespace citus_init::cli
