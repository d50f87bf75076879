#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/citus/version.h"

namespace citus_init::citus {

// One line each.
struct ExtensionUpdates {
    std::vector<std::string> changes;   // in the past tense
    std::vector<std::string> warnings;  // with what to do
};

struct ExtensionUpdateRequest {
    std::string citus_database;  // whose Citus is up to date already
    UpgradePolicy policy = UpgradePolicy::minor;
    std::vector<std::string> names;  // other extensions that are to be updated
    bool all = false;                // each of them
};

// After a change of the image: in every database that takes connections, Citus as the policy allows
// it, and the extensions of `names` where this image has them newer. Of other outdated ones it is
// only said that they are. What fails in one database is a warning, and keeps nothing from the
// others. Nothing goes to other nodes. Error: `unavailable`, the databases could not be listed.
[[nodiscard]] Result<ExtensionUpdates> update_extensions(Connector& connector,
                                                         const ConnectionTarget& server,
                                                         const ExtensionUpdateRequest& request);

}  // namespace citus_init::citus
