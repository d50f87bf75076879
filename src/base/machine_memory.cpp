#include "citus_init/base/machine_memory.h"

#include "citus_init/base/text.h"

namespace citus_init {

namespace {

constexpr double kKilobyte = 1024;
constexpr long long kMost = 1LL << 60;  // version 1 has a greater number for no limit

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

// "max" is no number.
std::optional<double> memory_limit(const ReadFile& read) {
    for (const char* path :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        if (const auto text = read(path)) {
            const auto number = parse_integer(trim(*text), 1, kMost);
            return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace citus_init
