#pragma once

#include <functional>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/node/node.h"

namespace citus_init::upgrade {

// Runs the server of the node's data directory for `action` alone, which gets how to reach it, and
// shuts it down. Nobody else can connect. Errors: those of `action`; `data_directory`, the server
// did not start or stop.
[[nodiscard]] Status with_own_server(
    node::Node& node, const std::function<Status(const citus::ConnectionTarget&)>& action);

}  // namespace citus_init::upgrade
