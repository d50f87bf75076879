#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How far a server in recovery is, what it recovers to, and what it waits for: "replayed to
// 0/3000148, recovery_target_name = 'before', paused: ...". None: it is not in recovery. In any
// database, PostgreSQL 13 and later.
[[nodiscard]] SqlResult<std::optional<std::string>> recovery_progress(Session& session);

}  // namespace citus_init::citus
