#include "citus_init/citus/cluster.h"

#include <algorithm>

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

RegisteredNode node_of(const Rows& rows, std::size_t row) {
    RegisteredNode node;
    node.node_id = integer_at(rows, row, 0);
    node.group_id = integer_at(rows, row, 1);
    node.address = address_at(rows, row, 2);
    node.has_metadata = rows.is_true(row, 4);
    node.active = rows.is_true(row, 5);
    node.metadata_synced = rows.is_true(row, 6);
    node.should_have_shards = rows.is_true(row, 7);
    return node;
}

const RegisteredNode* pointer(const std::vector<RegisteredNode>& nodes,
                              std::vector<RegisteredNode>::const_iterator found) {
    return found == nodes.end() ? nullptr : &*found;
}

}  // namespace

const RegisteredNode* Cluster::find(const HostPort& address) const {
    return pointer(workers, std::find_if(workers.begin(), workers.end(), [&](const auto& node) {
                       return node.address == address;
                   }));
}

const RegisteredNode* Cluster::find_group(int group_id) const {
    return pointer(workers, std::find_if(workers.begin(), workers.end(), [&](const auto& node) {
                       return node.group_id == group_id;
                   }));
}

SqlResult<Cluster> read_cluster(Session& coordinator) {
    const auto rows = coordinator.query(statement::kNodes);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    Cluster cluster;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        RegisteredNode node = node_of(*rows, row);
        if (node.group_id == 0) {
            cluster.coordinator = node;
        } else {
            cluster.workers.push_back(node);
        }
    }
    return cluster;
}

AddressChange address_change(const Cluster& cluster, const HostPort& wanted) {
    if (!cluster.coordinator) {
        return AddressChange::first;
    }
    return cluster.coordinator->address == wanted ? AddressChange::none : AddressChange::moved;
}

SqlResult<bool> ensure_coordinator_address(Session& coordinator, const Cluster& cluster,
                                           const HostPort& wanted) {
    if (address_change(cluster, wanted) == AddressChange::none) {
        return false;
    }
    const auto set = coordinator.query(statement::kSetCoordinatorHost,
                                       {wanted.host, std::to_string(wanted.port)});
    if (!set) {
        return tl::unexpected(set.error());
    }
    return true;
}

}  // namespace citus_init::citus
