#include "citus_init/base/size_text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

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

}  // namespace citus_init
