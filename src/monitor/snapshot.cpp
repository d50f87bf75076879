#include "citus_init/monitor/snapshot.h"

#include "monitor/parts.h"

namespace citus_init::monitor {

void for_each_collection(const Snapshot& snapshot,
                         const std::function<void(std::string_view, const Collection&)>& visit) {
    const auto visit_attempted = [&](std::string_view name, const Collection& collection) {
        if (collection.took) {
            visit(name, collection);
        }
    };
    visit_attempted("session", snapshot.server.session);
    for_each_part(snapshot.server, [&](std::string_view name, const auto& part) {
        visit_attempted(name, part.collection);
    });
    if (snapshot.cluster) {
        for_each_part(*snapshot.cluster, [&](std::string_view name, const auto& part) {
            visit_attempted(name, part.collection);
        });
    }
}

}  // namespace citus_init::monitor
