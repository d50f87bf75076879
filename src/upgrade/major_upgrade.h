#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/node/node.h"
#include "citus_init/postgres/upgrade_record.h"

namespace citus_init::upgrade {

struct OldCluster {
    std::string directory;  // "" = the data directory itself
    int major = 0;
};

// pg_upgrade of the old cluster to the version of `node`, the whole way. Until the new cluster is
// complete the old one is as it was, but for a clean shutdown and, in databases with Citus, what
// citus_prepare_pg_upgrade() does. Errors: obstacles, all of them at once, and failed steps
// (`data_directory`); missing programs (`config`); then nothing of the attempt is left.
[[nodiscard]] Status begin_upgrade(node::Node& node, citus::Connector& connector,
                                   const OldCluster& old);

// The rest of one that was cut off.
[[nodiscard]] Status continue_upgrade(node::Node& node, citus::Connector& connector,
                                      const postgres::UpgradeRecord& record);

// For the server of the old version: removes what one has made beside its cluster, and in it.
[[nodiscard]] Status abandon_upgrade(node::Node& node, citus::Connector& connector,
                                     const postgres::UpgradeRecord& record);

}  // namespace citus_init::upgrade
