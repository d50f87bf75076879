#include "citus_init/citus/join_workers.h"

#include <set>

#include "citus_init/base/text.h"

namespace citus_init::citus {

DesiredWorkers join_workers(const std::vector<NodeAddress>& listed,
                            const std::vector<NodeAddress>& discovered,
                            const std::vector<NodeAddress>& announced, bool complete,
                            const NodeAddress& own) {
    std::set<std::string> seen;
    DesiredWorkers desired;
    desired.complete = complete;
    const auto take = [&](const std::vector<NodeAddress>& source) {
        for (const auto& address : source) {
            if (seen.insert(to_lower(address.text())).second) {
                desired.addresses.push_back(address);
            }
        }
    };
    take(listed);
    seen.insert(to_lower(own.text()));
    take(discovered);
    take(announced);
    return desired;
}

}  // namespace citus_init::citus
