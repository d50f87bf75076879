#pragma once

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/node/node.h"

namespace citus_init::upgrade {

// For a whole cluster of the server's own version: calls citus_finish_pg_upgrade() where somebody
// has run pg_upgrade by hand without it, takes citus_prepare_pg_upgrade() back where it was not run
// after all; removes the old cluster that an upgrade has kept, where
// CITUS_PG_UPGRADE_CLEAN says so.
[[nodiscard]] Status finish_leftovers(node::Node& node, citus::Connector& connector);

// What is kept of the cluster before. A missing one is fine.
[[nodiscard]] Status remove_kept_cluster(const std::string& data_directory);

}  // namespace citus_init::upgrade
