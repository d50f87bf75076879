#include "agent/member/disk_probe.h"

#include <fmt/core.h>

namespace citus_init::agent {

namespace {

constexpr std::uint64_t kBytesPerMegabyte = 1U << 20U;

}  // namespace

std::optional<ha::Finding> finding_of(const std::string& directory, const DiskSpace& space) {
    constexpr std::uint64_t kLeast = 64 * kBytesPerMegabyte;
    if (space.free >= kLeast) {
        return std::nullopt;
    }
    return ha::Finding{
        "disk",
        fmt::format("{} MB of {} MB are free where {} is: a server without room for its log ends",
                    space.free / kBytesPerMegabyte, space.total / kBytesPerMegabyte, directory),
        "Free space there (never in pg_wal), or make the volume larger. Patroni before 4 starts a "
        "primary that ends so again and again and does not hand over; while it still runs and a "
        "replica is synchronous, stopping it does"};
}

std::optional<ha::Finding> inspect_disk(const std::string& data_directory) {
    for (const std::string& directory : {data_directory, data_directory + "/pg_wal"}) {
        if (const auto space = disk_space(directory)) {
            if (auto finding = finding_of(directory, *space)) {
                return finding;
            }
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::agent
