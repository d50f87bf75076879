#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/operations/node_listing.h"
#include "citus_init/citus/operations/row_counts.h"
#include "citus_init/citus/operations/shard_moves.h"
#include "citus_init/status/node_status.h"

#include "cli/cluster/group_listing.h"

namespace citus_init::cli {

// For people: a header line, then a line per node, columns aligned; below it a line for each node
// of which there is something to say.
std::string node_table(const std::vector<citus::NodeListing>& nodes);

// For programs: an array of objects; sizes in bytes; null where unknown, or where the node is none.
std::string node_json(const std::vector<citus::NodeListing>& nodes);

// Both, with the health of this node and the moves that run.
struct ClusterStatus {
    status::NodeStatus node;
    std::vector<citus::NodeListing> nodes;
    std::string trouble;  // why the nodes are not known, "" = they are
    std::optional<citus::MoveJob> moves;
    std::vector<citus::RowDifference> differences;  // between the nodes
    std::optional<agent::GroupsStatus> groups;      // with Patroni
};
std::string status_text(const ClusterStatus& status);
std::string status_json(const ClusterStatus& status);

}  // namespace citus_init::cli
