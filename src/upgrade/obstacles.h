#pragma once

#include <set>
#include <string>
#include <vector>

#include "upgrade/cluster_facts.h"
#include "upgrade/room.h"

namespace citus_init::upgrade {

// What the new cluster is to be, and the room that it has.
struct UpgradeTarget {
    int from_major = 0;
    int to_major = 0;
    std::set<std::string> extensions;  // that the new version's programs can make
    std::string old_citus;  // default version of Citus beside the old programs, "" = none
    std::string new_citus;  // and beside the new ones
    bool knows_attribute_versions = true;        // pg_attver
    std::vector<Room> rooms;                     // of the file systems that are written to
    std::vector<std::string> mount_points;       // in the data directory
    std::vector<std::string> taken_tablespaces;  // where a directory of the new version is already
};

// All that keeps the upgrade from being tried, one sentence each, with what to do; empty: nothing.
// Pure.
std::vector<std::string> obstacles(const ClusterFacts& facts, const UpgradeTarget& target);

}  // namespace citus_init::upgrade
