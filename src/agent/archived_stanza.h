#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/backup/failure.h"
#include "citus_init/backup/runner.h"
#include "citus_init/citus/session.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// Of the group whose stanza this node's WAL goes to: 0 but for a worker, with Patroni the one of
// the settings; none: it has not joined.
[[nodiscard]] citus::SqlResult<std::optional<int>> read_archived_group(
    citus::Session& session, const settings::Settings& settings);

// pgBackRest as this node runs it for its repository. `node_host`: see own_backup_host(); "" for
// whoever makes no base backup. With CITUS_BACKUP only.
std::unique_ptr<backup::Runner> own_runner(const settings::Settings& settings,
                                           std::string node_host = {});
// How the repository host reaches this node; "" without one. May ask a resolver, for seconds.
std::string own_backup_host(const settings::Settings& settings);

// For messages about what failed on the stanza. A directory counts as full with less than
// `least_free` bytes. With CITUS_BACKUP only.
backup::FailedStanza failed_stanza(const settings::Settings& settings, const std::string& stanza,
                                   std::uint64_t least_free);

}  // namespace citus_init::agent
