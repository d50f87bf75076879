#pragma once

#include <string>
#include <vector>

#include "citus_init/monitor/running_query.h"
#include "citus_init/overview/overview.h"

namespace citus_init::overview {

// What one node runs.
struct NodeQueries {
    std::string address;
    int node_id = 0;  // of pg_dist_node, 0 = in no cluster
    std::vector<monitor::RunningQuery> queries;
};

// One row a statement: its parts on other nodes belong to the process that a client has, which
// Citus names in their application_name (citus_internal gpid=N, N = node_id * 10^10 + pid). So one
// that waits on a worker for a part of another waits for that. The longest first. Pure.
std::vector<QueryRow> query_list(const std::vector<NodeQueries>& nodes);

// The statement without what may be a password: all from that word on.
std::string without_password(const std::string& statement);

}  // namespace citus_init::overview
