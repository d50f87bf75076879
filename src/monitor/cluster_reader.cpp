#include "monitor/cluster_reader.h"

#include <chrono>
#include <utility>
#include <vector>

#include "citus_init/base/text.h"

#include "monitor/cluster_statements.h"
#include "monitor/move_rates.h"
#include "monitor/query_as.h"
#include "monitor/row_numbers.h"
#include "monitor/server_reader.h"

namespace citus_init::monitor {

namespace {

using citus::Rows;
using citus::Session;
using citus::SqlResult;

HostPort address_at(const Rows& rows, std::size_t row, std::size_t column) {
    return {rows.at(row, column), static_cast<std::uint16_t>(integer_at(rows, row, column + 1))};
}

// A limit of Citus': `follows` where it is 0, none where it is -1 or not known.
std::optional<double> limit_at(const Rows& rows, std::size_t column, double follows) {
    const auto number = number_at(rows, 0, column);
    if (!number || *number < 0) {
        return std::nullopt;
    }
    return *number == 0 ? follows : *number;
}

ClusterFacts facts_in(const Rows& rows) {
    const double max_connections = count_at(rows, 0, 6);
    ClusterFacts facts;
    facts.extension = rows.at(0, 0);
    facts.library = rows.at(0, 1);
    facts.max_shared_pool_size = limit_at(rows, 2, max_connections);
    facts.local_shared_pool_size = limit_at(rows, 3, max_connections / 2);
    facts.max_client_connections = limit_at(rows, 4, 0);
    facts.max_cached_connections = number_at(rows, 0, 5);
    return facts;
}

std::vector<ClusterNode> nodes_in(const Rows& rows) {
    std::vector<ClusterNode> nodes;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        ClusterNode node;
        node.node_id = integer_at(rows, row, 0);
        node.group_id = integer_at(rows, row, 1);
        node.address = address_at(rows, row, 2);
        node.is_primary = rows.is_true(row, 4);
        node.has_metadata = rows.is_true(row, 5);
        node.active = rows.is_true(row, 6);
        node.metadata_synced = rows.is_true(row, 7);
        node.should_have_shards = rows.is_true(row, 8);
        node.shards = count_at(rows, row, 9);
        node.distributed_shards = count_at(rows, row, 10);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

SqlResult<TableCounts> read_tables(Session& session, bool has_schemas) {
    auto counts = query_as(session, statement::kTables, [](const Rows& rows) {
        TableCounts read;
        read.by_kind = {{"distributed", 0}, {"reference", 0}, {"single_shard", 0}, {"local", 0}};
        for (const auto& [kind, number] : numbers_by_name(rows)) {
            (kind == "shards" ? read.shards : read.by_kind[kind]) = number;
        }
        return read;
    });
    if (!counts || !has_schemas) {
        return counts;
    }
    const auto schemas = session.query(statement::kSchemas);
    if (!schemas) {
        return tl::unexpected(schemas.error());
    }
    counts->schemas = count_at(*schemas, 0, 0);
    return counts;
}

std::vector<CitusTable> each_table_in(const Rows& rows) {
    std::vector<CitusTable> tables;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        tables.push_back({rows.at(row, 0), rows.at(row, 1), count_at(rows, row, 2)});
    }
    return tables;
}

std::vector<RemoteConnections> remote_connections_in(const Rows& rows) {
    std::vector<RemoteConnections> connections;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        connections.push_back({address_at(rows, row, 0), rows.at(row, 2), count_at(rows, row, 3)});
    }
    return connections;
}

using MaybeNumber = std::optional<double>;

// None where the version has no such source.
SqlResult<MaybeNumber> read_number(Session& session, bool is_there, const char* sql) {
    if (!is_there) {
        return MaybeNumber();
    }
    return query_as(session, sql, [](const Rows& rows) { return number_at(rows, 0, 0); });
}

SqlResult<Transactions> read_transactions(Session& session, const ClusterSources& sources) {
    const auto records = read_number(session, sources.commit_records, statement::kCommitRecords);
    if (!records) {
        return tl::unexpected(records.error());
    }
    const auto distributed =
        read_number(session, sources.active_transactions, statement::kDistributedTransactions);
    if (!distributed) {
        return tl::unexpected(distributed.error());
    }
    return Transactions{*records, *distributed};
}

Numbers tasks_in(const Rows& rows) {
    Numbers tasks;
    for (const auto status : statement::kTaskStatuses) {
        tasks[std::string(status)] = 0;
    }
    for (const auto& [status, count] : numbers_by_name(rows)) {
        tasks[status] = count;
    }
    return tasks;
}

std::vector<DatabaseCounters> counters_in(const Rows& rows) {
    std::vector<DatabaseCounters> counters;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        counters.push_back(
            {rows.at(row, 0), numbers_in(rows, row, 1, statement::kClusterCounters)});
    }
    return counters;
}

std::vector<Tenant> tenants_in(const Rows& rows) {
    std::vector<Tenant> tenants;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        tenants.push_back(
            {rows.at(row, 0), rows.at(row, 1), count_at(rows, row, 2), count_at(rows, row, 3)});
    }
    return tenants;
}

ShardMove::State move_state(double progress) {
    return progress == 0   ? ShardMove::State::waiting
           : progress == 1 ? ShardMove::State::moving
                           : ShardMove::State::moved;
}

std::vector<ShardMove> moves_in(const Rows& rows) {
    std::vector<ShardMove> moves;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        ShardMove move;
        move.table = rows.at(row, 0);
        move.shard_id = static_cast<std::int64_t>(count_at(rows, row, 1));
        move.source = address_at(rows, row, 2);
        move.target = address_at(rows, row, 4);
        move.state = move_state(count_at(rows, row, 6));
        move.bytes = count_at(rows, row, 7);
        move.copied_bytes = count_at(rows, row, 8);
        moves.push_back(std::move(move));
    }
    return moves;
}

// `make` is called for the rows of `sql`, where its source is there. A setting may take that away.
template <typename T, typename Make>
std::function<void()> part_of(Session& session, bool is_there, Part<T>& part, const char* sql,
                              Make make) {
    if (!is_there) {
        return [&part] { part = {}; };
    }
    return [&session, &part, sql, make] {
        collect(part, [&] { return query_as(session, sql, make); });
    };
}

}  // namespace

SqlResult<ClusterSources> read_sources(Session& session) {
    const auto has_metadata = session.query(statement::kHasMetadata);
    if (!has_metadata) {
        return tl::unexpected(has_metadata.error());
    }
    if (!has_metadata->is_true(0, 0)) {
        return ClusterSources();
    }
    return query_as(session, statement::kSources, [](const Rows& rows) {
        ClusterSources sources;
        if (!rows.is_null(0, 0)) {
            sources.group_id = integer_at(rows, 0, 0);
        }
        std::size_t column = 0;
        for (bool* is_there :
             {&sources.schemas, &sources.remote_connections, &sources.active_transactions,
              &sources.commit_records, &sources.background_tasks, &sources.cleanup,
              &sources.counters, &sources.tenants, &sources.moves}) {
            *is_there = rows.is_true(0, ++column);
        }
        return sources;
    });
}

void read_cluster_snapshot(Session& coordinator, const ClusterSources& sources,
                           ClusterSnapshot& cluster, const std::function<bool()>& is_stopping) {
    const std::vector<std::function<void()>> parts{
        part_of(coordinator, true, cluster.facts, statement::kClusterFacts, facts_in),
        part_of(coordinator, true, cluster.nodes, statement::kClusterNodes, nodes_in),
        [&] { collect(cluster.tables, [&] { return read_tables(coordinator, sources.schemas); }); },
        part_of(coordinator, sources.each_table, cluster.each_table, statement::kEachTable,
                each_table_in),
        part_of(coordinator, sources.remote_connections, cluster.remote_connections,
                statement::kRemoteConnections, remote_connections_in),
        [&] {
            collect(cluster.transactions, [&] { return read_transactions(coordinator, sources); });
        },
        part_of(coordinator, sources.background_tasks, cluster.background_tasks,
                statement::kBackgroundTasks, tasks_in),
        part_of(coordinator, sources.cleanup, cluster.cleanup_records, statement::kCleanupRecords,
                numbers_by_name),
        part_of(coordinator, sources.counters, cluster.counters, statement::kStatCounters,
                counters_in),
        part_of(coordinator, sources.tenants, cluster.tenants, statement::kTenants, tenants_in),
        part_of(coordinator, sources.moves, cluster.moves, statement::kMoves,
                [before = cluster.moves.value](const Rows& rows) {
                    return with_time_left(moves_in(rows), before.value_or(std::vector<ShardMove>()),
                                          std::chrono::system_clock::now());
                })};
    for (const auto& part : parts) {
        if (is_stopping()) {
            return;
        }
        part();
    }
}

bool knows_its_shards(const ClusterNode& node) {
    return node.group_id == 0 || (node.has_metadata && node.metadata_synced);
}

std::optional<ShardNames> read_shard_names(Session& coordinator, int group_id) {
    const auto rows = coordinator.query(statement::kShardNames, {std::to_string(group_id)});
    return rows ? std::optional(ShardNames{rows->at(0, 0), rows->at(0, 1)}) : std::nullopt;
}

SqlResult<NodeFacts> read_node_facts(Session& node) {
    auto facts = query_as(node, statement::kNodeFacts, [](const Rows& rows) {
        return NodeFacts{rows.is_true(0, 0), count_at(rows, 0, 1), count_at(rows, 0, 2), {},
                         rows.at(0, 3),      rows.at(0, 4),        rows.at(0, 5)};
    });
    if (!facts) {
        return facts;
    }
    auto prepared = read_prepared(node);
    if (!prepared) {
        return tl::unexpected(prepared.error());
    }
    facts->prepared = std::move(*prepared);
    return facts;
}

SqlResult<double> read_shard_bytes(Session& node, int group_id,
                                   const std::optional<ShardNames>& names) {
    const auto rows = names ? node.query(statement::kShardBytesByName, {names->shards})
                            : node.query(statement::kShardBytes, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return count_at(*rows, 0, 0);
}

SqlResult<Numbers> read_table_bytes(Session& node, int group_id,
                                    const std::optional<ShardNames>& names) {
    const auto rows = names
                          ? node.query(statement::kTableBytesByName, {names->shards, names->tables})
                          : node.query(statement::kTableBytes, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return numbers_by_name(*rows);
}

}  // namespace citus_init::monitor
