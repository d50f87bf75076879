#pragma once

#include <memory>

#include "citus_init/base/result.h"
#include "citus_init/citus/node_preparation.h"

namespace citus_init::citus {

// Creates or updates the extensions of one database; `result.server` holds the facts before, and
// after it the facts as they are then. `session` is replaced by a fresh one where it was used up.
[[nodiscard]] Status bring_extension_up_to_date(Connector& connector,
                                                const ConnectionTarget& target,
                                                UpgradePolicy policy,
                                                std::unique_ptr<Session>& session,
                                                Preparation& result);

}  // namespace citus_init::citus
