#pragma once

#include <optional>
#include <string>

#include "citus_init/base/machine_memory.h"

namespace citus_init {

// What a control group allows, and the file that says so.
struct GroupLimit {
    double amount = 0;
    std::string file;
};

// The control groups of the process that `read` reads /proc/self of, versions 1 and 2 and both at
// once: the smallest limit of its own group and of all groups above it that are mounted here. What
// is missing, "max" or no number does not limit. Where /proc does not say which groups they are,
// those of a container: /sys/fs/cgroup itself.

// Bytes of memory: memory.max and memory.high, or memory.limit_in_bytes and what memory.stat says
// of the groups that are not mounted here.
std::optional<GroupLimit> memory_limit(const ReadFile& read);

// CPUs, as quota through period: 1.5.
std::optional<GroupLimit> cpu_limit(const ReadFile& read);

}  // namespace citus_init
