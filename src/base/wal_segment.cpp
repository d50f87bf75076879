#include "citus_init/base/wal_segment.h"

#include <charconv>
#include <tuple>

#include <fmt/core.h>

namespace citus_init {

namespace {

constexpr std::size_t kPart = 8;
constexpr std::size_t kName = 3 * kPart;

// Of text that has hexadecimal digits only.
std::uint32_t part_of(std::string_view name, std::size_t part) {
    constexpr int kHexadecimal = 16;
    const std::string_view text = name.substr(part * kPart, kPart);
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, kHexadecimal);
    return value;
}

}  // namespace

std::optional<WalSegment> parse_wal_segment(std::string_view name) {
    if (name.size() != kName ||
        name.find_first_not_of("0123456789ABCDEF") != std::string_view::npos) {
        return std::nullopt;
    }
    return WalSegment{part_of(name, 0), part_of(name, 1), part_of(name, 2)};
}

std::string wal_segment_name(const WalSegment& segment) {
    return fmt::format("{:08X}{:08X}{:08X}", segment.timeline, segment.log, segment.number);
}

WalSegment wal_segment_at(std::uint32_t timeline, std::uint64_t lsn, std::uint64_t segment_bytes) {
    constexpr unsigned kLog = 32;
    return {timeline, static_cast<std::uint32_t>(lsn >> kLog),
            static_cast<std::uint32_t>((lsn & 0xFFFFFFFFU) / segment_bytes)};
}

bool is_before(const WalSegment& one, const WalSegment& other) {
    return std::tie(one.log, one.number) < std::tie(other.log, other.number);
}

}  // namespace citus_init
