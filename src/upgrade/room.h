#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "upgrade/cluster_facts.h"
#include "upgrade/directories.h"

namespace citus_init::upgrade {

// What is written below a directory, in bytes.
struct Written {
    std::string directory;
    std::uint64_t bytes = 0;
};

// A file system, all that is written to it, and what is free there, in bytes.
struct Room {
    std::string directory;  // the first of those on it
    std::uint64_t needed = 0;
    std::uint64_t free = 0;
};

std::vector<Room> rooms_of(const std::vector<Written>& written);

// What an upgrade writes. pg_upgrade keeps the files of a tablespace within it. `copies`: neither
// clones nor links.
std::vector<Written> written_by_upgrade(const UpgradeDirectories& directories,
                                        const ClusterFacts& facts, int from_major, bool copies);

}  // namespace citus_init::upgrade
