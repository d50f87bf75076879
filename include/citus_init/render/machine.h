#pragma once

#include "citus_init/base/filesystem.h"

namespace citus_init::render {

// What the tuned values are made from.
struct Machine {
    int cpus = 1;
};

// The CPUs that this container may use: its scheduling mask, cut to the cgroup's quota (version 2
// or 1), rounded up, at least 1. What cannot be read does not limit.
Machine read_machine(const Filesystem& files);

}  // namespace citus_init::render
