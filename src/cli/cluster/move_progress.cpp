#include "cli/cluster/move_progress.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/size_text.h"

namespace citus_init::cli {

MoveProgress::MoveProgress(std::int64_t total_bytes, TimePoint start)
    : total_bytes_(total_bytes), start_(start), now_(start), changed_(start) {}

void MoveProgress::sample(const citus::MoveJob& job, std::int64_t arrived_bytes, TimePoint now) {
    job_ = job;
    now_ = now;
    std::int64_t under_way = 0;
    for (const auto& move : job.running) {
        under_way += move.copied_bytes;
    }
    // A shard grows while it moves, and a retry copies it again: never a step back.
    bytes_ = std::max(bytes_, arrived_bytes + under_way);
    if (total_bytes_ > 0) {
        bytes_ = std::min(bytes_, total_bytes_);
    }
    if (std::string current = fingerprint(); current != last_fingerprint_) {
        last_fingerprint_ = std::move(current);
        changed_ = now;
    }
}

double MoveProgress::fraction() const {
    if (job_.state == "finished") {
        return 1;
    }
    const double by_bytes =
        total_bytes_ > 0 ? static_cast<double>(bytes_) / static_cast<double>(total_bytes_) : 0;
    const double by_moves = job_.total > 0 ? static_cast<double>(job_.done) / job_.total : 0;
    return total_bytes_ > 0 ? by_bytes : by_moves;
}

std::string MoveProgress::line() const {
    std::string text = fmt::format("{} of {} steps", job_.done, job_.total);
    if (total_bytes_ > 0) {
        text += fmt::format(", {} of {}", size_text(bytes_), size_text(total_bytes_));
    }
    const double part = fraction();
    text += fmt::format(", {:.0f} %", part * 100);
    // Before anything has moved there is no speed to reckon with.
    if (part > 0.01 && part < 1) {
        const std::chrono::duration<double> spent = now_ - start_;
        const std::chrono::seconds left(std::lround(spent.count() * (1 - part) / part));
        text += fmt::format(", about {} left", duration_text(left));
    }
    if (!job_.running.empty()) {
        const auto& move = job_.running.front();
        text += fmt::format("; {} {} -> {}", move.phase.empty() ? "moving" : move.phase, move.from,
                            move.to);
    }
    return text;
}

std::optional<std::string> MoveProgress::new_trouble() {
    std::string trouble;
    for (const auto& move : job_.running) {
        if (move.retried > 0 && !move.message.empty()) {
            trouble = fmt::format("a move failed {} times and is tried again: {} ({})",
                                  move.retried, move.message, move.command);
        }
    }
    if (trouble.empty() && !job_.over() && now_ - changed_ >= kStandstill) {
        trouble = fmt::format(
            "nothing has changed for {}. A move waits for open transactions on its tables "
            "(pg_stat_activity, citus_lock_waits), or for room: see the log of the target node",
            duration_text(kStandstill));
    }
    if (trouble == reported_) {
        return std::nullopt;
    }
    reported_ = trouble;
    return trouble.empty() ? std::nullopt : std::optional(trouble);
}

std::string MoveProgress::fingerprint() const {
    std::string text = fmt::format("{} {} {}", job_.state, job_.done, bytes_);
    for (const auto& move : job_.running) {
        text += fmt::format(" {} {} {}", move.phase, move.copied_bytes, move.position);
    }
    return text;
}

}  // namespace citus_init::cli
