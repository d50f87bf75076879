#include "citus_init/base/duration.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Unit {
    std::string_view name;
    double milliseconds;
};

constexpr std::array<Unit, 7> kUnits{{{"", 1'000},
                                      {"us", 0.001},
                                      {"ms", 1},
                                      {"s", 1'000},
                                      {"min", 60'000},
                                      {"h", 3'600'000},
                                      {"d", 86'400'000}}};

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text, milliseconds least,
                                           milliseconds most) {
    const std::string_view all = trim(text);
    const std::string_view digits = all.substr(0, all.find_first_not_of("0123456789."));
    const std::string_view name = trim(all.substr(digits.size()));
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const Unit& candidate) { return candidate.name == name; });
    double number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stopped != end || unit == kUnits.end()) {
        return std::nullopt;
    }
    // Compared before the conversion: a double beyond the range of the integer has none.
    const double value = number * unit->milliseconds + 0.5;
    if (value >= static_cast<double>(most.count()) + 1) {
        return std::nullopt;
    }
    const milliseconds duration(static_cast<milliseconds::rep>(value));
    if (duration < least || (duration.count() == 0 && number > 0)) {
        return std::nullopt;
    }
    return duration;
}

std::string format_duration(milliseconds duration) {
    for (const auto& [name, size] : {Unit{"d", 86'400'000}, {"h", 3'600'000}, {"s", 1'000}}) {
        const auto whole = static_cast<milliseconds::rep>(size);
        if (duration.count() >= whole && duration.count() % whole == 0) {
            return fmt::format("{}{}", duration.count() / whole, name);
        }
    }
    return duration.count() == 0 ? "0" : fmt::format("{}ms", duration.count());
}

std::string duration_text(seconds duration) {
    duration = std::max(duration, seconds(0));
    const auto whole_days = floor<days>(duration);
    const auto whole_hours = floor<hours>(duration);
    const auto whole_minutes = floor<minutes>(duration);
    if (whole_days.count() > 0) {
        return fmt::format("{} {} {} h", whole_days.count(),
                           whole_days.count() == 1 ? "day" : "days",
                           (whole_hours - whole_days).count());
    }
    if (whole_hours.count() > 0) {
        return fmt::format("{} h {} min", whole_hours.count(),
                           (whole_minutes - whole_hours).count());
    }
    return whole_minutes.count() > 0 ? fmt::format("{} min {} s", whole_minutes.count(),
                                                   (duration - whole_minutes).count())
                                     : fmt::format("{} s", duration.count());
}

std::string rough_duration_text(seconds duration) {
    duration = std::max(duration, seconds(0));
    if (duration < minutes(1)) {
        return fmt::format("{} s", duration.count());
    }
    if (duration < hours(2)) {
        return fmt::format("{} min", floor<minutes>(duration).count());
    }
    return duration < days(2) ? fmt::format("{} h", floor<hours>(duration).count())
                              : fmt::format("{} days", floor<days>(duration).count());
}

}  // namespace citus_init
