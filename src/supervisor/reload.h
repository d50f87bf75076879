#pragma once

#include <functional>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// SIGHUP: reads the settings again (YAML, secret files; the environment of a process does not
// change). Files that only root may read keep their values. Settings that last
// (check_lasting_settings()) have to be the same; `apply` checks and writes our files with the new
// ones, which the node has by then. Where that fails, the node has the old settings again, and the
// error is logged. False then. Blocks for local file I/O.
bool reload_settings(node::Node& node, const std::function<Status()>& apply);

}  // namespace citus_init::supervisor
