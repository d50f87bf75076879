#include "citus_init/backup/archiving.h"

namespace citus_init::backup {

namespace {

constexpr double kLongestAttempt = 60;  // seconds

// How long ago; none for never. What is of the future was before the clock was set back.
std::optional<double> age(std::optional<double> time, double now) {
    constexpr double kBeforeTheClockWasSet = 1e12;
    if (!time) {
        return std::nullopt;
    }
    const double age = now - *time;
    return age < 0 ? kBeforeTheClockWasSet + age : age;
}

}  // namespace

ArchivingState assess_archiving(const ArchiverFacts& facts) {
    const auto failed = age(facts.last_failed, facts.now);
    const auto archived = age(facts.last_archived, facts.now);
    if (failed && (!archived || *failed < *archived)) {
        return ArchivingState::failing;
    }
    const bool waits = facts.oldest_ready && facts.now - *facts.oldest_ready > kLongestAttempt;
    const bool idle = !archived || *archived > kLongestAttempt;
    return waits && idle ? ArchivingState::hanging : ArchivingState::working;
}

bool archives_to(const ArchiverFacts& facts, const std::string& stanza) {
    return !stanza.empty() && facts.command.find("--stanza=" + stanza + " ") != std::string::npos;
}

void WalRate::add(double now, std::int64_t wal_position) {
    constexpr double kWindow = 600;
    samples_.push_back({now, wal_position});
    while (samples_.front().time < now - kWindow || samples_.front().time > now) {
        samples_.pop_front();
    }
}

std::optional<std::chrono::seconds> WalRate::time_for(std::uint64_t free) const {
    constexpr double kShortest = 30;
    constexpr double kLongest = 3'650.0 * 86'400;
    if (samples_.empty()) {
        return std::nullopt;
    }
    const double time = samples_.back().time - samples_.front().time;
    const auto written = static_cast<double>(samples_.back().position - samples_.front().position);
    if (time < kShortest || written <= 0) {
        return std::nullopt;
    }
    const double left = static_cast<double>(free) / (written / time);
    return left > kLongest ? std::nullopt
                           : std::optional(std::chrono::seconds(static_cast<std::int64_t>(left)));
}

}  // namespace citus_init::backup
