#pragma once

#include <optional>
#include <string>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::render {

// What the tuned values are made from.
struct Machine {
    int cpus = 1;
    std::string cpus_origin{};     // "cpu.max of /sys/fs/cgroup", for people
    double memory = 0;             // bytes; 0: not known
    std::string memory_origin{};   // "memory limit from /sys/fs/cgroup/memory.max", for people
    std::optional<double> disk{};  // bytes of the file system of the WAL; none: not known
};

// CPUs: the smallest of CITUS_CPUS, the scheduling mask, which a cpuset is part of, and the quota
// of each control group; rounded up, at least 1. Memory: the smallest of CITUS_MEMORY, the
// machine's and the limit of each control group; half of the machine's where neither of the others
// says anything. What cannot be read does not limit.
Machine read_machine(const Filesystem& files, const settings::Settings& settings);

}  // namespace citus_init::render
