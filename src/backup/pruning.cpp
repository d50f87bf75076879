#include "citus_init/backup/pruning.h"

#include <algorithm>

#include "citus_init/backup/restorable.h"

namespace citus_init::backup {

Pruned prune_points(Repository& repository) {
    const auto stanzas = repository.stanzas();
    if (!stanzas) {
        return {{}, stanzas.error().message};
    }
    auto points = repository.points();
    if (!points) {
        return {{}, points.error().message};
    }
    std::reverse(points->begin(), points->end());
    Pruned pruned;
    for (const auto& point : *points) {
        const auto manifest = repository.read_point(point.name);
        if (!manifest) {
            pruned.problem = manifest.error().message;
            continue;
        }
        if (why_not_restorable(*manifest, *stanzas).empty()) {
            break;
        }
        if (manifest->cluster != repository.settings().name || manifest->name != point.name ||
            !has_expired(*manifest, *stanzas)) {
            continue;
        }
        if (const auto removed = repository.remove_point(point.name); !removed) {
            pruned.problem = removed.error().message;
            break;
        }
        pruned.removed.push_back(point.name);
    }
    return pruned;
}

}  // namespace citus_init::backup
