#include "agent/archived_stanza.h"

#include "citus_init/backup/cluster/archiver_facts.h"
#include "citus_init/base/disk_space.h"
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
