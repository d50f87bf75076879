#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What there is to tell of one node of the cluster.
struct NodeListing {
    RegisteredNode node;
    std::int64_t shards = 0;  // placements of distributed tables; reference tables not counted
    // Their size on disk; none where a node did not tell in time.
    std::optional<std::int64_t> bytes;
};

// The coordinator first, then the workers by node id. Blocks for the nodes' answers about sizes,
// at most `kSizeDeadline`; a node that is down costs its sizes only.
inline constexpr const char* kSizeDeadline = "10s";
[[nodiscard]] SqlResult<std::vector<NodeListing>> list_nodes(Session& coordinator);

}  // namespace citus_init::citus
