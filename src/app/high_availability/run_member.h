#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"

#include "app/supervisor/node.h"

namespace citus_init::app {

// PID 1 of a member that Patroni manages (CITUS_HA=patroni), to its end; the exit status.
[[nodiscard]] Result<int> run_member(Node node, const std::vector<std::string>& server_arguments);

}  // namespace citus_init::app
