#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citus_init::backup {

// A WAL segment by its file's name, "000000020000000A000000FF": timeline, and the two halves of its
// number (XLogFileName in PostgreSQL's xlog_internal.h). All pure.
struct WalSegment {
    std::uint32_t timeline = 0;
    std::uint32_t log = 0;
    std::uint32_t number = 0;
    bool operator==(const WalSegment&) const = default;
};

// Of a name that begins so, as those of pgBackRest's archive do ("NAME-SHA1.zst"). None for others,
// such as those of partial segments and timeline histories.
std::optional<WalSegment> wal_segment_of(std::string_view file);

// From one segment to another of the same or a later timeline, both included.
struct WalRange {
    WalSegment first;
    WalSegment last;
};

// The directories of pgBackRest's archive that its segments are in: "000000020000000A".
std::vector<std::string> wal_directories(const WalRange& range);

// The name of the first segment that none of the files is of, on any of the range's timelines;
// none: all are there. How many segments a log has depends on their size: a number that is a power
// of two below the next one may be the last.
std::optional<std::string> first_missing_segment(const WalRange& range,
                                                 const std::vector<std::string>& files);

}  // namespace citus_init::backup
