#pragma once

#include <string>
#include <vector>

namespace citus_init::cluster_template {

// The hidden verb `citus-init prepare-cluster MAJOR BIN_DIRECTORY [copy]` of a first start: works
// on the cluster in PGDATA by sessions of `postgres --single` (node/single_user.h). In place of a
// bootstrap server it makes the databases and the extension in what initdb has just made. `copy`:
// it gives a copy of the template its names, password and server id. Settings are inherited from
// PID 1. What was there before is synced meanwhile, what the sessions change is not. Exit: 0; 74
// for a full disk or an error of writing; 65 where a session fails, with what it printed; 71.
int run_prepare_cluster(const std::vector<std::string>& arguments);

}  // namespace citus_init::cluster_template
