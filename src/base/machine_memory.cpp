#include "citus_init/base/machine_memory.h"

#include "citus_init/base/text.h"

namespace citus_init {

namespace {

constexpr double kKilobyte = 1024;
constexpr long long kMost = 1LL << 50;

}  // namespace

// "MemTotal:       24679012 kB"
std::optional<double> meminfo_bytes(const std::string& meminfo, std::string_view key) {
    for (const std::string& line : split(meminfo, '\n')) {
        if (line.starts_with(key)) {
            const auto words = split(trim(std::string_view(line).substr(key.size())), ' ');
            const auto number = parse_integer(words.front(), 0, kMost);
            return number ? std::optional(static_cast<double>(*number) * kKilobyte) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace citus_init
