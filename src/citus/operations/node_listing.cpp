#include "citus_init/citus/operations/node_listing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "citus/operations/found_states.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

constexpr const char* kShardCounts =
    "SELECT placement.groupid, count(*) FROM pg_catalog.pg_dist_placement placement "
    "JOIN pg_catalog.pg_dist_shard USING (shardid) "
    "JOIN pg_catalog.pg_dist_partition USING (logicalrelid) "
    "WHERE partmethod <> 'n' GROUP BY 1";

// Asks every node. shard_size is NULL for a node that does not answer.
constexpr const char* kShardSizes =
    "SELECT node.groupid, sum(shards.shard_size)::bigint, bool_or(shards.shard_size IS NULL) "
    "FROM pg_catalog.citus_shards shards "
    "JOIN pg_catalog.pg_dist_node node USING (nodename, nodeport) GROUP BY 1";

SqlResult<std::map<int, std::int64_t>> shard_counts(Session& coordinator) {
    const auto rows = coordinator.query(kShardCounts);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::map<int, std::int64_t> counts;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        counts[integer_at(*rows, row, 0)] = bigint_at(*rows, row, 1);
    }
    return counts;
}

}  // namespace

// Sizes are worth no error.
std::map<int, std::int64_t> read_shard_sizes(Session& coordinator) {
    std::map<int, std::int64_t> sizes;
    const auto rows = query_within(coordinator, kSizeDeadline, kShardSizes);
    if (!rows) {
        return sizes;
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        if (!rows->is_true(row, 2)) {
            sizes[integer_at(*rows, row, 0)] = bigint_at(*rows, row, 1);
        }
    }
    return sizes;
}

SqlResult<std::vector<NodeListing>> list_nodes(Session& coordinator) {
    const auto cluster = read_cluster(coordinator);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    const auto counts = shard_counts(coordinator);
    if (!counts) {
        return tl::unexpected(counts.error());
    }
    const auto sizes = read_shard_sizes(coordinator);
    std::vector<NodeListing> listings;
    const auto list = [&](const RegisteredNode& node) {
        NodeListing listing{node};
        if (const auto count = counts->find(node.group_id); count != counts->end()) {
            listing.shards = count->second;
        }
        if (const auto size = sizes.find(node.group_id); size != sizes.end()) {
            listing.bytes = size->second;
        } else if (listing.shards == 0) {
            listing.bytes = 0;
        }
        listings.push_back(std::move(listing));
    };
    if (cluster->coordinator) {
        list(*cluster->coordinator);
    }
    std::for_each(cluster->workers.begin(), cluster->workers.end(), list);
    if (const auto added = add_what_was_found(coordinator, listings); !added) {
        return tl::unexpected(added.error());
    }
    return listings;
}

}  // namespace citus_init::citus
