#pragma once

#include <string>
#include <vector>

namespace citus_init::cluster_template {

// The hidden verb `citus-init make-cluster LOG_FD MAJOR DIRECTORY INITDB ARGUMENT...`, in place of
// initdb in a first start: makes the cluster DIRECTORY from the template where it fits what is
// asked for, and otherwise becomes that initdb, with the reason in one line of the log. Settings
// are inherited from PID 1. stdout and stderr are initdb's; the log goes to the descriptor LOG_FD.
// Not synced. Exit: 0; 78 where CITUS_TEMPLATE=require cannot be; else initdb's own.
int run_make_cluster(const std::vector<std::string>& arguments);

}  // namespace citus_init::cluster_template
