#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/wal_segment.h"

namespace citus_init::backup {

// All pure.

// Of the name of a file in pgBackRest's archive: that of the segment, or "NAME-SHA1.zst". None for
// others.
std::optional<WalSegment> wal_segment_of(std::string_view file);

// From one segment to another of the same or a later timeline, both included.
struct WalRange {
    WalSegment first;
    WalSegment last;
};

// The directories of pgBackRest's archive that its segments are in: "000000020000000A".
std::vector<std::string> wal_directories(const WalRange& range);

// The name of the first segment that none of the files is of, on any of the range's timelines;
// none: all are there. Of a range that ends before it begins it is that of its first. How many
// segments a log has depends on their size: a number that is a power of two below the next one may
// be the last.
std::optional<std::string> first_missing_segment(const WalRange& range,
                                                 const std::vector<std::string>& files);

}  // namespace citus_init::backup
