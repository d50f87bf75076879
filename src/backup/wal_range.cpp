#include "citus_init/backup/wal_range.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include <fmt/core.h>

namespace citus_init::backup {

namespace {

// Of the segments that are there, the highest number of that log.
std::optional<std::uint32_t> highest_of(
    const std::set<std::pair<std::uint32_t, std::uint32_t>>& there, std::uint32_t log) {
    const auto next = there.lower_bound({log + 1, 0});
    if (next == there.begin() || std::prev(next)->first != log) {
        return std::nullopt;
    }
    return std::prev(next)->second;
}

}  // namespace

std::optional<WalSegment> wal_segment_of(std::string_view file) {
    return parse_wal_segment(file.substr(0, file.find('-')));
}

std::vector<std::string> wal_directories(const WalRange& range) {
    std::vector<std::string> directories;
    for (auto timeline = range.first.timeline; timeline <= range.last.timeline; ++timeline) {
        for (auto log = range.first.log; log <= range.last.log; ++log) {
            directories.push_back(fmt::format("{:08X}{:08X}", timeline, log));
        }
    }
    return directories;
}

std::optional<std::string> first_missing_segment(const WalRange& range,
                                                 const std::vector<std::string>& files) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> there;
    for (const auto& file : files) {
        const auto segment = wal_segment_of(file);
        if (segment && segment->timeline >= range.first.timeline &&
            segment->timeline <= range.last.timeline) {
            there.emplace(segment->log, segment->number);
        }
    }
    if (is_before(range.last, range.first)) {
        return wal_segment_name({range.last.timeline, range.first.log, range.first.number});
    }
    for (auto log = range.first.log; log <= range.last.log; ++log) {
        const std::uint32_t first = log == range.first.log ? range.first.number : 0;
        const std::uint32_t highest = std::max(first, highest_of(there, log).value_or(first));
        const std::uint32_t last =
            log == range.last.log ? range.last.number : std::bit_ceil(highest + 1) - 1;
        for (auto number = first; number <= last; ++number) {
            if (!there.contains({log, number})) {
                return wal_segment_name({range.last.timeline, log, number});
            }
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::backup
