#pragma once

#include <optional>

#include "citus_init/backup/archiving.h"
#include "citus_init/citus/session.h"

namespace citus_init::backup {

// On any session of a superuser, PostgreSQL 13 and later; works on a standby.
[[nodiscard]] citus::SqlResult<ArchiverFacts> read_archiver_facts(citus::Session& session);

// Of a worker: the group that it has in its cluster; none: it has not joined. In the database of
// Citus.
[[nodiscard]] citus::SqlResult<std::optional<int>> read_group(citus::Session& session);

}  // namespace citus_init::backup
