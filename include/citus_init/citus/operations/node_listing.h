#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What the coordinator's agent has found about a worker (membership/node_state_table.h).
struct FoundState {
    std::string state;           // "active"
    std::string node_class;      // "dirty", "" = not probed yet
    std::string reason;          // "" = nothing to say
    std::string since;           // in this state: RFC 3339, UTC
    std::chrono::seconds age{};  // since then
    bool desired = true;
};

// What is listed of one node of the cluster.
struct NodeListing {
    RegisteredNode node;      // node_id 0: not registered, then there is nothing but its address
    std::int64_t shards = 0;  // placements of distributed tables; reference tables not counted
    // Their size on disk; none where a node did not answer in time.
    std::optional<std::int64_t> bytes{};
    // Of the registered node as it was recorded, else of whoever answers there; none: not known.
    std::optional<Identity> identity{};
    // None: a coordinator of a version that records none, or whose agent has not probed yet.
    std::optional<FoundState> found{};
};

// The coordinator first, then the workers by node id, then those that are wanted but are no nodes,
// by name. Blocks for the nodes' answers about sizes, at most `kSizeDeadline`; a node that is down
// costs its sizes only.
inline constexpr const char* kSizeDeadline = "10s";

// What each group's shards take on disk; nothing of groups that do not answer. Asks every node, for
// `kSizeDeadline` at most.
std::map<int, std::int64_t> read_shard_sizes(Session& coordinator);

[[nodiscard]] SqlResult<std::vector<NodeListing>> list_nodes(Session& coordinator);

}  // namespace citus_init::citus
