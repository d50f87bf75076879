#include "citus_init/citus/membership/join_workers.h"

#include <algorithm>
#include <set>

#include "citus_init/base/text.h"

namespace citus_init::citus {

DesiredWorkers join_workers(const std::vector<HostPort>& listed,
                            const std::vector<HostPort>& discovered,
                            const std::vector<Announcement>& announced, bool complete,
                            const HostPort& own) {
    std::set<std::string> seen;
    DesiredWorkers desired;
    desired.complete = complete;
    const auto take = [&](const HostPort& address) {
        if (seen.insert(to_lower(address.text())).second) {
            desired.addresses.push_back(address);
        }
    };
    std::for_each(listed.begin(), listed.end(), take);
    seen.insert(to_lower(own.text()));
    std::for_each(discovered.begin(), discovered.end(), take);
    for (const auto& [address, identity, is_recent] : announced) {
        take(address);
        if (is_recent) {
            desired.announced.insert_or_assign(address, identity);
        }
    }
    return desired;
}

}  // namespace citus_init::citus
