#pragma once

#include "app/supervisor/node.h"

namespace citus_init::app {

// SIGHUP: reads the settings again (YAML, secret files; the environment of a process does not
// change) and writes our files anew. A configuration with problems is told of and the old one kept.
// What needs a restart is named.
void reload(Node& node);

}  // namespace citus_init::app
