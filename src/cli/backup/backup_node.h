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

// A cluster, or the one server without Citus, from whatever node of it the verb is called on.
// `reached_from` owns the connector of `access`.
struct BackupCluster {
    BackupNode node;
    agent::AgentContext reached_from;
    backup::ClusterAccess access;
};

// Reads all settings before it becomes the owner of the data directory: files with secrets may be
// root's. Errors: those of open_backup_node() and of open_cluster_session().
[[nodiscard]] Result<BackupCluster> open_backup_cluster(const settings::Environment& environment);

}  // namespace citus_init::cli
