#pragma once

#include <functional>
#include <vector>

#include "citus_init/citus/session.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

// Fills all parts but the sizes. Each fails by itself. `is_stopping` is asked between statements.
void read_server(citus::Session& session, ServerSnapshot& server,
                 const std::function<bool()>& is_stopping);
void read_server_sizes(citus::Session& session, ServerSnapshot& server);

[[nodiscard]] citus::SqlResult<PreparedByOwner> read_prepared(citus::Session& session);
[[nodiscard]] citus::SqlResult<std::vector<RunningQuery>> read_queries(citus::Session& session);

}  // namespace citus_init::monitor
