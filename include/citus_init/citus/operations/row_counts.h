#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How many rows a node has of each relation that all nodes must have alike: "pg_dist_shard", a
// reference table "public.countries". None is counted further than kMostRows.
using RowCounts = std::map<std::string, std::int64_t>;
inline constexpr std::int64_t kMostRows = 100'000;

struct ClusterCounts {
    RowCounts coordinator;
    std::map<std::string, RowCounts> workers;  // "HOST:PORT"; those that answered
};

struct RowDifference {
    std::string relation;
    bool is_metadata = false;   // else a reference table
    std::string node;           // "HOST:PORT"
    std::int64_t expected = 0;  // as the coordinator has it
    std::int64_t found = 0;
    bool operator==(const RowDifference&) const = default;
};

// Counts on the coordinator, then, through Citus, on all active workers at a time; what a worker
// cannot count is left out. Blocks for `kCountDeadline` at most each time; error: 57014 then.
inline constexpr const char* kCountDeadline = "5s";
[[nodiscard]] SqlResult<ClusterCounts> count_rows(Session& coordinator);

// What differs in both counts and has changed in neither: one that changes is being written, or a
// reference table is being copied. Ordered by relation, then node. Pure.
std::vector<RowDifference> lasting_differences(const ClusterCounts& first,
                                               const ClusterCounts& second);

}  // namespace citus_init::citus
