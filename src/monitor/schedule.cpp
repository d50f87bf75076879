#include "monitor/schedule.h"

#include <algorithm>

namespace citus_init::monitor {

namespace {

constexpr int kSizePasses = 6;
constexpr int kSizeShare = 20;
constexpr std::chrono::milliseconds kLongestDelay{60'000};

}  // namespace

std::chrono::milliseconds delay_after(int consecutive_failures,
                                      std::chrono::milliseconds interval) {
    std::chrono::milliseconds delay = interval;
    for (int i = 0; i < consecutive_failures && delay < kLongestDelay; ++i) {
        delay *= 2;
    }
    return std::max(interval, std::min(delay, kLongestDelay));
}

bool SizeSchedule::is_due(SteadyTime now) const {
    return passes_since_ < 0 || (passes_since_ + 1 >= kSizePasses && now >= earliest_);
}

void SizeSchedule::note_pass(bool with_sizes, SteadyTime begin, std::chrono::nanoseconds took) {
    if (with_sizes) {
        passes_since_ = 0;
        earliest_ = begin + took * kSizeShare;
    } else if (passes_since_ >= 0) {
        passes_since_ = std::min(passes_since_ + 1, kSizePasses);
    }
}

std::optional<std::size_t> next_turn(const std::vector<NodeTurn>& turns, std::size_t threads,
                                     SteadyTime now) {
    const auto has_failed = [](const NodeTurn& turn) { return turn.consecutive_failures > 0; };
    const auto failing = std::count_if(turns.begin(), turns.end(), [&](const NodeTurn& turn) {
        return turn.is_busy && has_failed(turn);
    });
    const bool may_ask_failing =
        failing < static_cast<std::ptrdiff_t>(std::max<std::size_t>(threads / 2, 1));
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const NodeTurn& turn = turns[i];
        if (turn.is_busy || turn.due > now || (has_failed(turn) && !may_ask_failing)) {
            continue;
        }
        if (!chosen || turn.due < turns[*chosen].due) {
            chosen = i;
        }
    }
    return chosen;
}

std::optional<SteadyTime> next_due(const std::vector<NodeTurn>& turns, SteadyTime now) {
    std::optional<SteadyTime> earliest;
    for (const NodeTurn& turn : turns) {
        if (!turn.is_busy && turn.due > now && (!earliest || turn.due < *earliest)) {
            earliest = turn.due;
        }
    }
    return earliest;
}

}  // namespace citus_init::monitor
