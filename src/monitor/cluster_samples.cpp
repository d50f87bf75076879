#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/metrics/named_metric.h"

#include "monitor/server_samples.h"

namespace citus_init::monitor {

namespace {

using metrics::SampleSet;
using namespace metrics::literals;

void add_cluster_facts(SampleSet& samples, const ClusterFacts& facts) {
    samples.add("citus_version_info"_metric, 1, {facts.extension, facts.library});
    add_if(samples, "citus_max_shared_pool_size"_metric, facts.max_shared_pool_size);
    add_if(samples, "citus_local_shared_pool_size"_metric, facts.local_shared_pool_size);
    add_if(samples, "citus_max_client_connections"_metric, facts.max_client_connections);
    add_if(samples, "citus_max_cached_connections_per_worker"_metric, facts.max_cached_connections);
}

void add_nodes(SampleSet& samples, const std::vector<ClusterNode>& nodes) {
    double active = 0;
    double inactive = 0;
    for (const ClusterNode& node : nodes) {
        const std::string name = node.address.text();
        samples.add("citus_node_info"_metric, 1,
                    {name, std::to_string(node.node_id), std::to_string(node.group_id),
                     node.is_primary ? "primary" : "secondary"});
        if (!node.is_primary) {
            continue;
        }
        (node.active ? active : inactive) += 1;
        samples.add("citus_node_active"_metric, node.active ? 1 : 0, {name});
        samples.add("citus_node_has_metadata"_metric, node.has_metadata ? 1 : 0, {name});
        samples.add("citus_node_metadata_synced"_metric, node.metadata_synced ? 1 : 0, {name});
        samples.add("citus_node_should_have_shards"_metric, node.should_have_shards ? 1 : 0,
                    {name});
        samples.add("citus_node_shards"_metric, node.shards, {name});
    }
    samples.add("citus_nodes"_metric, active, {"active"});
    samples.add("citus_nodes"_metric, inactive, {"inactive"});
}

void add_answer(SampleSet& samples, const NodeSnapshot& answer) {
    if (!answer.session.took) {
        return;  // not asked yet
    }
    const std::string name = answer.address.text();
    samples.add("citus_node_up"_metric, answer.up ? 1 : 0, {name});
    samples.add("citus_node_consecutive_failures"_metric, answer.consecutive_failures, {name});
    if (!answer.up) {
        return;
    }
    samples.add("citus_node_connect_seconds"_metric, answer.session.took->count(), {name});
    if (answer.round_trip) {
        samples.add("citus_node_round_trip_seconds"_metric, answer.round_trip->count(), {name});
    }
    if (answer.shard_bytes.value) {
        samples.add("citus_node_shard_bytes"_metric, *answer.shard_bytes.value, {name});
    }
    if (const auto& facts = answer.facts.value) {
        samples.add("citus_node_in_recovery"_metric, facts->in_recovery ? 1 : 0, {name});
        samples.add("citus_node_connections"_metric, facts->connections, {name});
        samples.add("citus_node_max_connections"_metric, facts->max_connections, {name});
        for (const auto& [owner, transactions] : facts->prepared) {
            samples.add("citus_node_prepared_transactions"_metric, transactions.count,
                        {name, owner});
            samples.add("citus_node_prepared_transactions_oldest_age_seconds"_metric,
                        transactions.oldest_age, {name, owner});
        }
    }
}

void add_imbalance(SampleSet& samples, const ClusterSnapshot& cluster) {
    const Imbalance imbalance = imbalance_of(cluster);
    if (imbalance.shards) {
        samples.add("citus_imbalance_ratio"_metric, *imbalance.shards, {"shards"});
    }
    if (imbalance.bytes) {
        samples.add("citus_imbalance_ratio"_metric, *imbalance.bytes, {"bytes"});
    }
}

void add_tables(SampleSet& samples, const TableCounts& tables) {
    for (const auto& [kind, count] : tables.by_kind) {
        samples.add("citus_tables"_metric, count, {kind});
    }
    samples.add("citus_shards"_metric, tables.shards);
    add_if(samples, "citus_schemas"_metric, tables.schemas);
}

// By table, of all nodes; none while a node that has shards does not report them.
std::optional<Numbers> bytes_of_tables(const ClusterSnapshot& cluster) {
    Numbers bytes;
    for (const ClusterNode& node : *cluster.nodes.value) {
        if (!node.is_primary || node.shards == 0) {
            continue;
        }
        const NodeSnapshot* answer = find_answer(cluster, node.address);
        if (answer == nullptr || !answer->table_bytes.value) {
            return std::nullopt;
        }
        for (const auto& [table, of_node] : *answer->table_bytes.value) {
            bytes[table] += of_node;
        }
    }
    return bytes;
}

void add_each_table(SampleSet& samples, const ClusterSnapshot& cluster) {
    const auto bytes = bytes_of_tables(cluster);
    for (const CitusTable& table : *cluster.each_table.value) {
        samples.add("citus_table_shards"_metric, table.shards, {table.name, table.kind});
        if (!bytes) {
            continue;
        }
        // A table that was distributed after the nodes were asked has none yet.
        if (const auto found = bytes->find(table.name); found != bytes->end()) {
            samples.add("citus_table_bytes"_metric, found->second, {table.name, table.kind});
        }
    }
}

void add_transactions(SampleSet& samples, const Transactions& transactions) {
    add_if(samples, "citus_transaction_records"_metric, transactions.commit_records);
    add_if(samples, "citus_distributed_transactions"_metric, transactions.distributed);
}

// By nodes that are registered, with 0 where there are none; those of other groups as "other".
void add_cleanup(SampleSet& samples, const ClusterSnapshot& cluster) {
    std::map<std::string, std::string> names;  // of the primaries, by group
    std::map<std::string, double> records;
    for (const ClusterNode& node : *cluster.nodes.value) {
        if (node.is_primary) {
            const std::string name = node.address.text();
            names[std::to_string(node.group_id)] = name;
            records[name] = 0;
        }
    }
    for (const auto& [group, count] : *cluster.cleanup_records.value) {
        const auto name = names.find(group);
        records[name == names.end() ? "other" : name->second] += count;
    }
    for (const auto& [name, count] : records) {
        samples.add("citus_cleanup_records"_metric, count, {name});
    }
}

void add_counters(SampleSet& samples, const std::vector<DatabaseCounters>& databases) {
    for (const DatabaseCounters& database : databases) {
        for (const auto& [column, value] : database.counters) {
            if (const auto* metric = metrics::find_metric("citus_stat_" + column + "_total")) {
                samples.add(*metric, value, {database.database});
            }
        }
    }
}

// Citus remembers addresses that are registered no longer: those together as "other".
void add_remote_connections(SampleSet& samples, const ClusterSnapshot& cluster) {
    std::map<std::pair<std::string, std::string>, double> counts;
    for (const RemoteConnections& connections : *cluster.remote_connections.value) {
        const auto& nodes = *cluster.nodes.value;
        const bool is_registered = std::any_of(
            nodes.begin(), nodes.end(),
            [&](const ClusterNode& node) { return node.address == connections.address; });
        counts[{is_registered ? connections.address.text() : "other", connections.database}] +=
            connections.count;
    }
    for (const auto& [key, count] : counts) {
        samples.add("citus_remote_connections"_metric, count, {key.first, key.second});
    }
}

void add_tenants(SampleSet& samples, const std::vector<Tenant>& tenants) {
    for (const Tenant& tenant : tenants) {
        samples.add("citus_tenant_queries"_metric, tenant.queries,
                    {tenant.attribute, tenant.colocation_id});
        samples.add("citus_tenant_cpu_seconds"_metric, tenant.cpu,
                    {tenant.attribute, tenant.colocation_id});
    }
}

void add_moves(SampleSet& samples, const std::vector<ShardMove>& moves) {
    using State = ShardMove::State;
    for (const State state : {State::waiting, State::moving, State::moved}) {
        double count = 0;
        double bytes = 0;
        for (const ShardMove& move : moves) {
            count += move.state == state ? 1 : 0;
            bytes += move.state == state ? move.bytes : 0;
        }
        samples.add("citus_rebalance_moves"_metric, count, {state_name(state)});
        samples.add("citus_rebalance_bytes"_metric, bytes, {state_name(state)});
    }
}

}  // namespace

void add_cluster_samples(SampleSet& samples, const ClusterSnapshot& cluster) {
    const auto add = [&](const auto& part, const auto& add_value) {
        if (part.value) {
            add_value(samples, *part.value);
        }
    };
    add(cluster.facts, add_cluster_facts);
    add(cluster.nodes, add_nodes);
    std::for_each(cluster.answers.begin(), cluster.answers.end(),
                  [&](const NodeSnapshot& answer) { add_answer(samples, answer); });
    add_imbalance(samples, cluster);
    add(cluster.tables, add_tables);
    if (cluster.nodes.value && cluster.each_table.value) {
        add_each_table(samples, cluster);
    }
    if (cluster.nodes.value && cluster.remote_connections.value) {
        add_remote_connections(samples, cluster);
    }
    add(cluster.transactions, add_transactions);
    add(cluster.background_tasks, [](SampleSet& set, const Numbers& tasks) {
        for (const auto& [status, count] : tasks) {
            set.add("citus_background_tasks"_metric, count, {status});
        }
    });
    if (cluster.nodes.value && cluster.cleanup_records.value) {
        add_cleanup(samples, cluster);
    }
    add(cluster.counters, add_counters);
    add(cluster.tenants, add_tenants);
    add(cluster.moves, add_moves);
}

}  // namespace citus_init::monitor
