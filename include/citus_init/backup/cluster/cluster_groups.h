#pragma once

#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/saved_cluster.h"
#include "citus_init/backup/wal_history.h"
#include "citus_init/citus/session.h"

namespace citus_init::backup {

// Of a superuser's session on a server that is not in recovery.
[[nodiscard]] citus::SqlResult<WalHistory> read_wal_history(citus::Session& session);

// The groups that the cluster has now. Blocks for a connection to each; the WAL of one that does
// not answer is not known.
[[nodiscard]] citus::SqlResult<std::vector<ClusterGroup>> read_cluster_groups(
    const ClusterAccess& access, citus::Session& coordinator);

}  // namespace citus_init::backup
