#include "citus_init/citus/join_workers.h"

#include <set>

#include "citus_init/base/text.h"

namespace citus_init::citus {

DesiredWorkers join_workers(const std::vector<std::vector<NodeAddress>>& sources, bool complete,
                            const NodeAddress& own) {
    std::set<std::string> seen{to_lower(own.text())};
    DesiredWorkers desired;
    desired.complete = complete;
    for (const auto& source : sources) {
        for (const auto& address : source) {
            if (seen.insert(to_lower(address.text())).second) {
                desired.addresses.push_back(address);
            }
        }
    }
    return desired;
}

}  // namespace citus_init::citus
