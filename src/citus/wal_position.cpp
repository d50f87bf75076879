#include "citus_init/citus/wal_position.h"

#include <charconv>
#include <optional>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::citus {

namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text, int base) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

constexpr unsigned kHalf = 32;

}  // namespace

std::optional<std::uint64_t> parse_lsn(std::string_view text) {
    constexpr int kHex = 16;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto high = number_in<std::uint32_t>(text.substr(0, slash), kHex);
    const auto low = number_in<std::uint32_t>(text.substr(slash + 1), kHex);
    return high && low ? std::optional((std::uint64_t{*high} << kHalf) | *low) : std::nullopt;
}

std::string WalPosition::text() const {
    return fmt::format("{:X}/{:X} on timeline {}", lsn >> kHalf, lsn & 0xFFFFFFFFU, timeline);
}

TimelineEnds parse_timeline_history(std::string_view text) {
    constexpr int kDecimal = 10;
    TimelineEnds ends;
    for (const auto& line : split(text, '\n')) {
        const auto fields = split(line, '\t');
        if (fields.size() < 2) {
            continue;
        }
        const auto timeline = number_in<int>(trim(fields[0]), kDecimal);
        const auto end = parse_lsn(trim(fields[1]));
        if (timeline && end) {
            ends[*timeline] = *end;
        }
    }
    return ends;
}

bool is_behind(const WalPosition& now, const TimelineEnds& history, const WalPosition& furthest) {
    if (!furthest.is_known() || !now.is_known()) {
        return false;
    }
    if (now.timeline < furthest.timeline || now.lsn < furthest.lsn) {
        return true;
    }
    const auto end = history.find(furthest.timeline);
    return now.timeline > furthest.timeline && end != history.end() && end->second < furthest.lsn;
}

}  // namespace citus_init::citus
