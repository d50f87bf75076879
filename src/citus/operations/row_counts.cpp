#include "citus_init/citus/operations/row_counts.h"

#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

constexpr std::string_view kMetadata = "pg_dist_";

// In Citus' sessions, whose path is the database's: operators and types are named with their
// schema. The reference tables, and what there is of the tables whose metadata Citus gives to every
// node (ShouldSyncTableMetadata in Citus' metadata_sync.c): distributed by hash, reference, local.
constexpr const char* kRelations = R"(
    SELECT pg_catalog.format('%I.%I', nspname, relname), pg_catalog.format('%I.%I', nspname, relname)
    FROM pg_catalog.pg_dist_partition
    JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) logicalrelid::oid
    JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
    WHERE partmethod OPERATOR(pg_catalog.=) 'n' AND repmodel OPERATOR(pg_catalog.=) 't'
    UNION ALL VALUES
    ('pg_dist_node', 'pg_catalog.pg_dist_node'),
    ('pg_dist_partition',
     'pg_catalog.pg_dist_partition WHERE partmethod OPERATOR(pg_catalog.=) ANY (''{h,n}'')'),
    ('pg_dist_shard',
     'pg_catalog.pg_dist_shard s JOIN pg_catalog.pg_dist_partition p'
     ' ON p.logicalrelid OPERATOR(pg_catalog.=) s.logicalrelid'
     ' WHERE partmethod OPERATOR(pg_catalog.=) ANY (''{h,n}'')'),
    ('pg_dist_placement',
     'pg_catalog.pg_dist_placement l JOIN pg_catalog.pg_dist_shard s'
     ' ON s.shardid OPERATOR(pg_catalog.=) l.shardid JOIN pg_catalog.pg_dist_partition p'
     ' ON p.logicalrelid OPERATOR(pg_catalog.=) s.logicalrelid'
     ' WHERE partmethod OPERATOR(pg_catalog.=) ANY (''{h,n}'')')
    ORDER BY 1)";

constexpr const char* kOnWorkers =
    "SELECT nodename || ':' || nodeport, result FROM pg_catalog.run_command_on_workers($1) "
    "WHERE success";

std::string counting_statement(const Rows& relations) {
    std::string counts;
    for (std::size_t row = 0; row < relations.values.size(); ++row) {
        counts += fmt::format(
            "{}SELECT {} AS relation, (SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {} LIMIT {}) "
            "AS counted) AS rows",
            row == 0 ? "" : " UNION ALL ", quote_literal(relations.at(row, 0)),
            relations.at(row, 1), kMostRows);
    }
    return fmt::format(
        "SELECT pg_catalog.json_object_agg(relation, rows)::pg_catalog.text FROM ({}) AS counts",
        counts);
}

RowCounts counts_of(const std::string& json) {
    RowCounts counts;
    const auto object = nlohmann::json::parse(json, nullptr, false);
    if (object.is_object()) {
        for (const auto& [relation, count] : object.items()) {
            counts[relation] = count.is_number_integer() ? count.get<std::int64_t>() : 0;
        }
    }
    return counts;
}

}  // namespace

SqlResult<ClusterCounts> count_rows(Session& coordinator) {
    const auto relations = coordinator.query(kRelations);
    if (!relations) {
        return tl::unexpected(relations.error());
    }
    const std::string statement = counting_statement(*relations);
    const auto own = query_within(coordinator, kCountDeadline, statement);
    const auto others =
        own ? query_within(coordinator, kCountDeadline, kOnWorkers, {statement}) : own;
    if (!others) {
        return tl::unexpected(others.error());
    }
    ClusterCounts counts;
    counts.coordinator = counts_of(own->at(0, 0));
    for (std::size_t row = 0; row < others->values.size(); ++row) {
        counts.workers[others->at(row, 0)] = counts_of(others->at(row, 1));
    }
    return counts;
}

std::vector<RowDifference> lasting_differences(const ClusterCounts& first,
                                               const ClusterCounts& second) {
    std::vector<RowDifference> differences;
    for (const auto& [relation, expected] : second.coordinator) {
        const auto before = first.coordinator.find(relation);
        if (before == first.coordinator.end() || before->second != expected) {
            continue;
        }
        for (const auto& [node, counts] : second.workers) {
            const auto found = counts.find(relation);
            const auto worker_before = first.workers.find(node);
            if (found == counts.end() || found->second == expected ||
                worker_before == first.workers.end()) {
                continue;
            }
            const auto count_before = worker_before->second.find(relation);
            if (count_before != worker_before->second.end() &&
                count_before->second == found->second) {
                differences.push_back(
                    {relation, relation.starts_with(kMetadata), node, expected, found->second});
            }
        }
    }
    return differences;
}

}  // namespace citus_init::citus
