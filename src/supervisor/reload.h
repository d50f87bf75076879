#pragma once

#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// SIGHUP: reads the settings again (YAML, secret files; the environment of a process does not
// change) and writes our files anew. A configuration with problems is told of and the old one kept.
// What needs a restart is named.
void reload(node::Node& node);

}  // namespace citus_init::supervisor
