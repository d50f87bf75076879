#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// A primary's row of pg_dist_node.
struct RegisteredNode {
    int node_id = 0;
    int group_id = 0;  // 0: the coordinator
    HostPort address;
    bool has_metadata = false;
    bool active = false;
    bool metadata_synced = false;
    bool should_have_shards = false;
    bool operator==(const RegisteredNode&) const = default;
};

// The cluster as its coordinator's catalogs have it.
struct Cluster {
    std::optional<RegisteredNode> coordinator;
    std::vector<RegisteredNode> workers;  // by node id

    const RegisteredNode* find(const HostPort& address) const;
    const RegisteredNode* find_group(int group_id) const;
};

[[nodiscard]] SqlResult<Cluster> read_cluster(Session& coordinator);

// What citus_set_coordinator_host is to be called for.
enum class AddressChange {
    none,
    first,  // no coordinator row yet
    moved,  // the row says something else
};
AddressChange address_change(const Cluster& cluster, const HostPort& wanted);

// Registers the coordinator under `wanted`, unless it is already: the call needs every active
// worker, even for the value that is there. True: something was changed.
[[nodiscard]] SqlResult<bool> ensure_coordinator_address(Session& coordinator,
                                                         const Cluster& cluster,
                                                         const HostPort& wanted);

}  // namespace citus_init::citus
