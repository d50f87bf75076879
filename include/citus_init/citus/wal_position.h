#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init::citus {

// How far a server has written its WAL, or replayed it. It only grows as long as the data directory
// is the same; an older copy of the directory is behind.
struct WalPosition {
    int timeline = 0;
    std::uint64_t lsn = 0;  // bytes; 0 = not known
    bool is_known() const { return lsn != 0; }
    // "0/3000060 on timeline 1"
    std::string text() const;
    bool operator==(const WalPosition&) const = default;
};

// A position as PostgreSQL prints it, "0/3000060", in bytes. None: the text is no position. Pure.
std::optional<std::uint64_t> parse_lsn(std::string_view text);

// Where each timeline that a server has left ends, by its number.
using TimelineEnds = std::map<int, std::uint64_t>;

// A timeline history file (PostgreSQL manual, "Timelines"): "NUMBER TAB LSN TAB REASON" a line.
// Lines that are none are passed over. Pure.
TimelineEnds parse_timeline_history(std::string_view text);

// Whether a server at `now` lacks what one at `furthest` had: it is before it, on an older
// timeline, or on one that branched off before it. False where `furthest` is not known. Pure.
bool is_behind(const WalPosition& now, const TimelineEnds& history, const WalPosition& furthest);

}  // namespace citus_init::citus
