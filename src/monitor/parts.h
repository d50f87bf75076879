#pragma once

#include <string_view>
#include <type_traits>

#include "citus_init/monitor/cluster_snapshot.h"
#include "citus_init/monitor/server_snapshot.h"

// Every part of a snapshot with its name, the value of the label `part`.
namespace citus_init::monitor {

template <typename Server, typename Visit>
requires std::is_same_v<std::remove_const_t<Server>, ServerSnapshot>
void for_each_part(Server& server, Visit&& visit) {
    visit("server", server.facts);
    visit("activity", server.activity);
    visit("xmin_ages", server.xmin_ages);
    visit("databases", server.databases);
    visit("wal", server.wal);
    visit("replication", server.replication);
    visit("checkpoints", server.checkpoints);
    visit("archiver", server.archiver);
    visit("io", server.io);
    visit("prepared_transactions", server.prepared);
    visit("queries", server.queries);
    visit("database_sizes", server.database_sizes);
}

template <typename Cluster, typename Visit>
requires std::is_same_v<std::remove_const_t<Cluster>, ClusterSnapshot>
void for_each_part(Cluster& cluster, Visit&& visit) {
    visit("cluster", cluster.facts);
    visit("nodes", cluster.nodes);
    visit("tables", cluster.tables);
    visit("each_table", cluster.each_table);
    visit("remote_connections", cluster.remote_connections);
    visit("transactions", cluster.transactions);
    visit("background_tasks", cluster.background_tasks);
    visit("cleanup_records", cluster.cleanup_records);
    visit("stat_counters", cluster.counters);
    visit("tenants", cluster.tenants);
    visit("moves", cluster.moves);
}

}  // namespace citus_init::monitor
