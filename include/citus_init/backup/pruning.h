#pragma once

#include <string>
#include <vector>

#include "citus_init/backup/repository.h"

namespace citus_init::backup {

struct Pruned {
    std::vector<std::string> removed;  // names of points, oldest first
    std::string problem;  // why it ended before its end, or what could not be read; "" = nothing
};

// Removes the manifests of points of this cluster that have expired (restorable.h), from the oldest
// to the first one that can be restored: pgBackRest expires in that order, and so not every
// manifest is read each time. One that cannot be read stays. Blocks as `repository` does.
Pruned prune_points(Repository& repository);

}  // namespace citus_init::backup
