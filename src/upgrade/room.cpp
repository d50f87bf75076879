#include "upgrade/room.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "citus_init/base/disk_space.h"
#include "citus_init/postgres/tablespaces.h"

namespace citus_init::upgrade {

std::vector<Room> rooms_of(const std::vector<Written>& written) {
    std::vector<Room> rooms;
    std::map<dev_t, std::size_t> of_device;
    for (const auto& [directory, bytes] : written) {
        struct stat info {};
        const bool is_known = ::stat(directory.c_str(), &info) == 0;
        const auto found = is_known ? of_device.find(info.st_dev) : of_device.end();
        if (found != of_device.end()) {
            rooms[found->second].needed += bytes;
            continue;
        }
        if (is_known) {
            of_device[info.st_dev] = rooms.size();
        }
        const auto space = disk_space(directory);
        rooms.push_back({directory, bytes, space ? space->free : 0});
    }
    return rooms;
}

std::vector<Written> written_by_upgrade(const UpgradeDirectories& directories,
                                        const ClusterFacts& facts, int from_major, bool copies) {
    constexpr std::uint64_t kNewCluster = 100ULL << 20U;  // initdb's, its WAL, the dump
    std::vector<Written> written{
        {directories.work,
         kNewCluster + (directories.in_place() ? 0 : bytes_of_user_files(directories))}};
    if (!copies) {
        return written;
    }
    std::uint64_t in_tablespaces = 0;
    for (const auto& tablespace : facts.tablespaces) {
        std::uint64_t bytes = 0;
        for (const auto& version : postgres::tablespace_versions({tablespace}, from_major)) {
            bytes += bytes_of_tree(version);
        }
        written.push_back({tablespace, bytes});
        in_tablespaces += bytes;
    }
    written.front().bytes += facts.bytes - std::min(facts.bytes, in_tablespaces);
    return written;
}

}  // namespace citus_init::upgrade
