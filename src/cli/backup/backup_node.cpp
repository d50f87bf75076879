#include "cli/backup/backup_node.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/client/runner_of.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/network/node_names.h"
#include "citus_init/render/own_files.h"

#include "cli/cluster/cluster_session.h"
#include "cli/cluster/running_node.h"

namespace citus_init::cli {

namespace {

struct Reached {
    agent::AgentContext node;
    backup::ClusterAccess access;
};

Result<settings::Settings> load_backup_settings(const settings::Environment& environment) {
    auto settings = load_node_settings(environment, Citus::optional);
    if (settings && !settings->backup) {
        return fail(
            ExitCode::config,
            "CITUS_BACKUP is none: this node has no repository. Set CITUS_BACKUP=pgbackrest "
            "and CITUS_BACKUP_REPO on every node");
    }
    return settings;
}

// As the owner of the data directory.
Result<BackupNode> backup_node(settings::Settings settings) {
    const std::string configuration = render::own_files(settings).pgbackrest_conf;
    if (!RealFilesystem().exists(configuration)) {
        return fail(ExitCode::unavailable,
                    fmt::format("there is no {}, which the node's start writes: start this "
                                "container's node, or call the verb on another one",
                                configuration));
    }
    auto runner = backup::make_runner(*settings.backup, configuration);
    auto repository =
        std::make_unique<backup::Repository>(*runner, *settings.backup, configuration);
    return BackupNode{std::move(settings), std::move(runner), std::move(repository)};
}

Result<Reached> reach(const settings::Environment& environment, bool has_citus) {
    backup::ClusterAccess access;
    access.has_citus = has_citus;
    access.caller = network::host_name();
    if (!has_citus) {
        auto node = find_running_node(environment, Citus::optional);
        if (!node) {
            return fail(node.error());
        }
        access.coordinator = node->local_target(node->settings.postgres.database);
        access.connector = node->connector.get();
        return Reached{std::move(*node), std::move(access)};
    }
    auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return fail(cluster.error());
    }
    const bool is_here = cluster->node_target.host.starts_with('/');
    access.node = cluster->node_target;
    access.coordinator = is_here ? cluster->node.local_target() : cluster->node_target;
    access.connector = cluster->node.connector.get();
    return Reached{std::move(cluster->node), std::move(access)};
}

}  // namespace

Result<BackupNode> open_backup_node(const settings::Environment& environment) {
    auto settings = load_backup_settings(environment);
    if (!settings) {
        return fail(settings.error());
    }
    CITUS_INIT_TRY(become_server_user(*settings));
    return backup_node(std::move(*settings));
}

Result<BackupCluster> open_backup_cluster(const settings::Environment& environment) {
    auto settings = load_backup_settings(environment);
    if (!settings) {
        return fail(settings.error());
    }
    auto reached = reach(environment, settings->citus.enable);
    if (!reached) {
        return fail(reached.error());
    }
    auto node = backup_node(std::move(*settings));
    if (!node) {
        return fail(node.error());
    }
    return BackupCluster{std::move(*node), std::move(reached->node), std::move(reached->access)};
}

}  // namespace citus_init::cli
