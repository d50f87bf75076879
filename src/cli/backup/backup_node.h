#pragma once

#include <memory>
#include <string>

#include "citus_init/agent/agent_context.h"
#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/repository.h"
#include "citus_init/backup/runner.h"
#include "citus_init/base/result.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::cli {

// This container's access to the repository: its settings and its pgbackrest.conf. As root it
// becomes the owner of the data directory first, for good. Movable.
struct BackupNode {
    settings::Settings settings;
    std::unique_ptr<backup::Runner> runner;
    std::unique_ptr<backup::Repository> repository;
};

// Errors: `config` (settings, no CITUS_BACKUP), `unavailable` (no pgbackrest.conf: the
// container has not started its node yet).
[[nodiscard]] Result<BackupNode> open_backup_node(const settings::Environment& environment);

// A cluster, or the one server without Citus. `node` owns the connector of `access`.
struct ReachedCluster {
    agent::AgentContext node;
    backup::ClusterAccess access;
};

// From whatever node of it the verb is called on. Errors: those of open_cluster_session().
[[nodiscard]] Result<ReachedCluster> reach_cluster(const settings::Environment& environment,
                                                   bool has_citus);

}  // namespace citus_init::cli
