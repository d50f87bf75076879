#include "monitor/move_rates.h"

#include <algorithm>

namespace citus_init::monitor {

namespace {

const ShardMove* find_move(const std::vector<ShardMove>& moves, const ShardMove& wanted) {
    const auto found = std::find_if(moves.begin(), moves.end(), [&](const ShardMove& move) {
        return move.shard_id == wanted.shard_id && move.target == wanted.target && move.first_seen;
    });
    return found == moves.end() ? nullptr : &*found;
}

// None as long as there is too little to go by: a shard's empty copy has some pages.
std::optional<Seconds> time_left(const ShardMove& move, WallTime now) {
    constexpr double kEnough = 0.02;
    const Seconds elapsed = now - *move.first_seen;
    const double copied = move.copied_bytes - move.first_copied_bytes;
    if (elapsed <= Seconds(0) || copied <= kEnough * move.bytes) {
        return std::nullopt;
    }
    // The target may grow beyond the source while both are written.
    return std::max(move.bytes - move.copied_bytes, 0.0) / copied * elapsed;
}

}  // namespace

std::vector<ShardMove> with_time_left(std::vector<ShardMove> moves,
                                      const std::vector<ShardMove>& before, WallTime now) {
    for (ShardMove& move : moves) {
        if (move.state != ShardMove::State::moving) {
            continue;
        }
        if (const ShardMove* known = find_move(before, move)) {
            move.first_seen = known->first_seen;
            move.first_copied_bytes = known->first_copied_bytes;
            move.left = time_left(move, now);
        } else {
            move.first_seen = now;
            move.first_copied_bytes = move.copied_bytes;
        }
    }
    return moves;
}

}  // namespace citus_init::monitor
