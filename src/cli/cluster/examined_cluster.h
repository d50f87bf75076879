#pragma once

#include <map>
#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"
#include "citus_init/doctor/node_facts.h"
#include "citus_init/settings/environment.h"

namespace citus_init::cli {

// The cluster as `doctor` sees it from this node, whatever of it is running.
struct ExaminedCluster {
    doctor::ClusterFacts facts;
    std::unique_ptr<citus::Connector> connector;  // null where this node's server does not run
    std::map<std::string, citus::ConnectionTarget> targets;  // by the nodes' names
};

// Finds the nodes by this node's pg_dist_node, by the coordinator's where this node is no member
// yet, and examines them. Without a running server there is this node alone, by its files. Errors:
// those of find_running_node() but `unavailable`. Blocks as doctor::examine() does.
[[nodiscard]] Result<ExaminedCluster> examine_cluster(const settings::Environment& environment);

}  // namespace citus_init::cli
