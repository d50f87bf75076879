#include "citus_init/render/machine.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

constexpr long long kMost = std::numeric_limits<long long>::max() / 2;

std::optional<long long> number_in(const Filesystem& files, const std::string& path) {
    const auto content = files.read(path);
    return content ? parse_integer(trim(*content), 1, kMost) : std::nullopt;
}

// "0-3,8" of /proc/self/status; hexadecimal masks need no reading then.
std::optional<int> scheduling_mask(const Filesystem& files) {
    const auto status = files.read("/proc/self/status");
    constexpr std::string_view kKey = "Cpus_allowed_list:";
    if (!status) {
        return std::nullopt;
    }
    for (const std::string& line : split(*status, '\n')) {
        if (!line.starts_with(kKey)) {
            continue;
        }
        int count = 0;
        for (const std::string& range : split(trim(line.substr(kKey.size())), ',')) {
            const auto ends = split(range, '-');
            const auto first = parse_integer(ends.front(), 0, 1 << 20);
            const auto last = parse_integer(ends.back(), 0, 1 << 20);
            if (!first || !last || *last < *first) {
                return std::nullopt;
            }
            count += static_cast<int>(*last - *first) + 1;
        }
        return count;
    }
    return std::nullopt;
}

std::optional<int> quota(const Filesystem& files) {
    std::optional<long long> runtime;
    std::optional<long long> period;
    if (const auto unified = files.read("/sys/fs/cgroup/cpu.max")) {
        const auto words = split(trim(*unified), ' ');  // "max 100000" or "150000 100000"
        if (words.size() == 2) {
            runtime = parse_integer(words[0], 1, kMost);
            period = parse_integer(words[1], 1, kMost);
        }
    } else {
        runtime = number_in(files, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us");  // -1 without one
        period = number_in(files, "/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    }
    if (!runtime || !period) {
        return std::nullopt;
    }
    return static_cast<int>(std::min<long long>((*runtime + *period - 1) / *period, 1 << 20));
}

}  // namespace

Machine read_machine(const Filesystem& files) {
    const int allowed = scheduling_mask(files).value_or(1 << 20);
    const int paid_for = quota(files).value_or(1 << 20);
    const int cpus = std::min(allowed, paid_for);
    return {cpus == 1 << 20 ? 1 : std::max(cpus, 1)};
}

}  // namespace citus_init::render
