#pragma once

#include <functional>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// SIGHUP: reads the settings again (YAML, secret files; the environment of a process does not
// change). `may_take` refuses settings that cannot be changed while PID 1 runs; `apply` checks and
// writes our files with the new ones, which the node has by then. Where one of them fails, the node
// has the old settings again, and the error is logged. False then. Blocks for local file I/O.
bool reload_settings(node::Node& node,
                     const std::function<Status(const settings::Settings& settings)>& may_take,
                     const std::function<Status()>& apply);

}  // namespace citus_init::supervisor
