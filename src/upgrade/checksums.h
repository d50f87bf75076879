#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/private_server/server_arguments.h"

namespace citus_init::upgrade {

// Switches data checksums on where the cluster, which no server runs on, has none; can be repeated.
// One whose server was killed is recovered first: pg_checksums takes only what was shut down.
// Logs go to `log_directory`. Errors: `data_directory`; pg_control cannot be read, the server did
// not start, pg_checksums failed.
[[nodiscard]] Status switch_checksums_on(const private_server::ClusterPlace& place,
                                         const private_server::PrivateSocket& socket,
                                         const std::string& log_directory);

}  // namespace citus_init::upgrade
