#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init {

// A WAL segment by its file's name, "000000020000000A000000FF": timeline, and the two halves of its
// number (XLogFileName in PostgreSQL's xlog_internal.h).
struct WalSegment {
    std::uint32_t timeline = 0;
    std::uint32_t log = 0;
    std::uint32_t number = 0;
    bool operator==(const WalSegment&) const = default;
};

// None for any other name, such as those of partial segments and timeline histories. Pure.
std::optional<WalSegment> parse_wal_segment(std::string_view name);
std::string wal_segment_name(const WalSegment& segment);
// That which has the byte `lsn` of the WAL, with segments of so many bytes (a power of two up to
// 1 GB). Pure.
WalSegment wal_segment_at(std::uint32_t timeline, std::uint64_t lsn, std::uint64_t segment_bytes);

// By their numbers, whatever their timelines are. Pure.
bool is_before(const WalSegment& one, const WalSegment& other);

}  // namespace citus_init
