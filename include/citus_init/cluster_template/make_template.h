#pragma once

#include <string>

#include "citus_init/settings/environment.h"

namespace citus_init::cluster_template {

// The verb `make-template`: leaves in `directory` ("" = CITUS_TEMPLATE_DIR) a cluster for first
// starts to copy, by the programs, the locale and the POSTGRES_INITDB_ARGS of `environment`, with
// Citus where the image has it. Does nothing where there is one that is still right. As root, the
// servers run as the user postgres, and the files are root's. Blocks for some seconds. Returns the
// exit code.
int run_make_template(const settings::Environment& environment, const std::string& directory);

}  // namespace citus_init::cluster_template
