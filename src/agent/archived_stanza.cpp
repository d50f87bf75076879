#include "agent/archived_stanza.h"

#include <utility>

#include "citus_init/backup/client/runner_of.h"
#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/base/disk_space.h"
#include "citus_init/node/node_name.h"
#include "citus_init/render/own_files.h"

namespace citus_init::agent {

citus::SqlResult<std::optional<int>> read_archived_group(citus::Session& session,
                                                         const settings::Settings& settings) {
    if (settings.patroni) {
        return settings.patroni->group;
    }
    const bool is_worker = settings.citus.enable && settings.citus.role == settings::Role::worker;
    return is_worker ? backup::read_group(session) : citus::SqlResult<std::optional<int>>(0);
}

std::unique_ptr<backup::Runner> own_runner(const settings::Settings& settings,
                                           std::string node_host) {
    if (!settings.backup) {
        return nullptr;
    }
    return backup::make_runner(*settings.backup, render::own_files(settings).pgbackrest_conf,
                               [host = std::move(node_host)] { return host; });
}

std::string own_backup_host(const settings::Settings& settings) {
    if (!settings.backup || !settings.backup->has_host()) {
        return "";
    }
    return settings.patroni && settings.patroni->connect_address
               ? settings.patroni->connect_address->host
               : node::connect_host(settings.citus);
}

backup::FailedStanza failed_stanza(const settings::Settings& settings, const std::string& stanza,
                                   std::uint64_t least_free) {
    const auto& repository = settings.backup->repository;
    const auto space = repository.kind == settings::RepositoryKind::posix
                           ? disk_space(repository.path)
                           : Result<DiskSpace>(fail(ExitCode::io, ""));
    return {stanza, repository.text(), render::own_files(settings).pgbackrest_conf,
            space && space->free < least_free};
}

}  // namespace citus_init::agent
