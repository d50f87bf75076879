#include "citus_init/base/size_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init {

std::string size_text(double bytes) {
    constexpr std::array kUnits = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    constexpr double kStep = 1024;
    constexpr double kRoundsToTen = 9.95;
    double size = std::max(bytes, 0.0);
    std::size_t unit = 0;
    while (size >= kStep - 0.5 && unit + 1 < kUnits.size()) {
        size /= kStep;
        ++unit;
    }
    return unit > 0 && size < kRoundsToTen ? fmt::format("{:.1f} {}", size, kUnits[unit])
                                           : fmt::format("{:.0f} {}", size, kUnits[unit]);
}

std::optional<double> size_in_bytes(std::string_view text, double unit) {
    constexpr double kKilobyte = 1024;
    static constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
        {{"B", 1},
         {"kB", kKilobyte},
         {"MB", kKilobyte * kKilobyte},
         {"GB", kKilobyte * kKilobyte * kKilobyte},
         {"TB", kKilobyte * kKilobyte * kKilobyte * kKilobyte}}};
    const std::string copy(trim(text));
    char* end = nullptr;
    const double number = std::strtod(copy.c_str(), &end);
    if (end == copy.c_str() || number < 0) {
        return std::nullopt;
    }
    const std::string_view rest = trim(std::string_view(end));
    if (rest.empty()) {
        return number * unit;
    }
    for (const auto& [name, factor] : kUnits) {
        if (rest == name) {
            return number * factor;
        }
    }
    return std::nullopt;
}

}  // namespace citus_init
