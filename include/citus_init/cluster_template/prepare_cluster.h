#pragma once

#include <string>
#include <vector>

namespace citus_init::cluster_template {

// The hidden verb `citus-init prepare-cluster MAJOR BIN_DIRECTORY`, in place of a bootstrap server
// in a first start: gives the cluster in PGDATA, which initdb has just made, its databases and the
// extension, by sessions of `postgres --single` (node/single_user.h). Settings are inherited from
// PID 1. Not synced. Exit: 0; 74 for a full disk; 65 where a session fails, with what it printed;
// 71.
int run_prepare_cluster(const std::vector<std::string>& arguments);

}  // namespace citus_init::cluster_template
