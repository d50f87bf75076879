#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::agent {

// What a server that was promoted has received as a replica, and its archiver passes over: "If the
// standby server is promoted ... it will not archive any WAL or timeline history files that it did
// not generate itself" (PostgreSQL's manual, 27.2.9). The former primary may have ended before it
// archived them.

// The segments of earlier timelines than the newest one, and history files, which `status` has as
// done. `wal` and `status`: the names in pg_wal and in pg_wal/archive_status. Pure.
std::vector<std::string> received_wal(const std::vector<std::string>& wal,
                                      const std::vector<std::string>& status);

// Has the server's archiver archive them; what the archive has already it takes for archived.
// Returns how many. For a primary, by the server's user.
[[nodiscard]] Result<std::size_t> archive_received_wal(const std::string& data_directory);

}  // namespace citus_init::agent
