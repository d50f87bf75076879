#include "citus_init/overview/overview.h"

#include <algorithm>
#include <utility>

#include "overview/obstacles.h"
#include "overview/query_list.h"

namespace citus_init::overview {

namespace {

using monitor::ClusterNode;
using monitor::ClusterSnapshot;
using monitor::NodeSnapshot;
using monitor::ServerSnapshot;
using monitor::ShardMove;
using monitor::Snapshot;

ThisNode this_node(const status::NodeStatus& status, const Snapshot& snapshot,
                   monitor::WallTime now) {
    ThisNode node;
    node.name = status.node;
    node.role = status.role;
    node.phase = status::phase_name(status.phase);
    node.reason = status::reason_text(status);
    node.since = status.since;
    node.membership = text_of(status.membership);
    node.restarts = status.restarts;
    if (const auto& facts = snapshot.server.facts.value) {
        node.postgresql = facts->release;
        node.started = facts->started;
    }
    if (snapshot.cluster && snapshot.cluster->facts.value) {
        node.citus = snapshot.cluster->facts.value->extension;
    }
    if (status.certificate_ends != 0) {
        node.certificate_ends = static_cast<double>(status.certificate_ends);
    }
    if (status.lease) {
        node.lease_left =
            seconds_left(*status.lease, monitor::Seconds(now.time_since_epoch()).count());
    }
    return node;
}

// --- The rows of nodes ---

std::optional<double> client_sessions(const ServerSnapshot& server) {
    if (!server.activity.value) {
        return std::nullopt;
    }
    double count = 0;
    for (const auto& group : server.activity.value->sessions) {
        count += group.is_client ? group.count : 0;
    }
    return count;
}

NodeRow row_of_server(const status::NodeStatus& status, const ServerSnapshot& server) {
    NodeRow row;
    row.address = status.node.empty() ? "this node" : status.node;
    row.has_shards = false;
    if (server.is_up()) {
        row.state = NodeRow::State::up;
        row.postgresql = server.facts.value->release;
        row.connections = client_sessions(server);
        const auto& settings = server.facts.value->settings;
        const auto limit = settings.find("max_connections");
        row.max_connections = limit == settings.end() ? std::nullopt : std::optional(limit->second);
    } else if (server.session.took) {
        row.state = NodeRow::State::down;
        row.reason = server.session.error;
    }
    return row;
}

void add_answer(NodeRow& row, const NodeSnapshot& answer) {
    row.round_trip = answer.round_trip ? std::optional(answer.round_trip->count()) : std::nullopt;
    row.bytes = answer.shard_bytes.value;
    if (answer.up) {
        row.state = NodeRow::State::up;
    } else if (answer.session.took) {
        row.state = NodeRow::State::down;
        row.reason =
            answer.session.error.empty() ? answer.facts.collection.error : answer.session.error;
    }
    if (const auto& facts = answer.facts.value) {
        row.connections = facts->connections;
        row.max_connections = facts->max_connections;
        row.postgresql = facts->release;
        row.citus = facts->extension;
    }
}

std::optional<double> pool_used(const ClusterSnapshot& cluster, const HostPort& address) {
    if (!cluster.remote_connections.value) {
        return std::nullopt;
    }
    double used = 0;
    for (const auto& connections : *cluster.remote_connections.value) {
        used += connections.address == address ? connections.count : 0;
    }
    return used;
}

NodeRow row_of_node(const ClusterNode& node, const ClusterSnapshot& cluster) {
    NodeRow row;
    row.address = node.address.text();
    row.group_id = node.group_id;
    row.has_shards = node.should_have_shards;
    row.shards = node.shards;
    row.pool_used = pool_used(cluster, node.address);
    if (!node.is_primary) {
        row.state = NodeRow::State::standby;
        return row;
    }
    if (const NodeSnapshot* answer = find_answer(cluster, node.address)) {
        add_answer(row, *answer);
    }
    if (!node.active && row.state != NodeRow::State::down) {
        row.state = NodeRow::State::inactive;
        row.reason = "is registered, and not active";
    }
    return row;
}

std::vector<NodeRow> node_rows(const status::NodeStatus& status, const Snapshot& snapshot) {
    if (!snapshot.cluster || !snapshot.cluster->nodes.value ||
        snapshot.cluster->nodes.value->empty()) {
        return {row_of_server(status, snapshot.server)};
    }
    std::vector<NodeRow> rows;
    for (const ClusterNode& node : *snapshot.cluster->nodes.value) {
        rows.push_back(row_of_node(node, *snapshot.cluster));
    }
    std::stable_sort(rows.begin(), rows.end(), [](const NodeRow& left, const NodeRow& right) {
        return left.group_id < right.group_id;
    });
    return rows;
}

// --- Statements and moves ---

int node_id_at(const ClusterSnapshot& cluster, const HostPort& address) {
    for (const ClusterNode& node : *cluster.nodes.value) {
        if (node.address == address) {
            return node.node_id;
        }
    }
    return 0;
}

std::vector<QueryRow> queries_of(const status::NodeStatus& status, const Snapshot& snapshot) {
    std::vector<NodeQueries> nodes;
    NodeQueries local{status.node.empty() ? "this node" : status.node, 0,
                      snapshot.server.queries.value.value_or(std::vector<monitor::RunningQuery>())};
    if (snapshot.cluster && snapshot.cluster->nodes.value) {
        for (const ClusterNode& node : *snapshot.cluster->nodes.value) {
            if (node.group_id == 0 && node.is_primary) {
                local.address = node.address.text();
                local.node_id = node.node_id;
            }
        }
    }
    nodes.push_back(std::move(local));
    if (snapshot.cluster && snapshot.cluster->nodes.value) {
        for (const NodeSnapshot& answer : snapshot.cluster->answers) {
            if (answer.queries.value) {
                nodes.push_back({answer.address.text(),
                                 node_id_at(*snapshot.cluster, answer.address),
                                 *answer.queries.value});
            }
        }
    }
    return query_list(nodes);
}

void add_moves(Overview& overview, const ClusterSnapshot& cluster) {
    if (cluster.moves.value) {
        for (const ShardMove& move : *cluster.moves.value) {
            if (move.state == ShardMove::State::moved) {
                ++overview.moves_done;
            } else {
                overview.moves.push_back(move);
            }
        }
    }
    if (cluster.background_tasks.value) {
        for (const auto& [task_state, count] : *cluster.background_tasks.value) {
            if (task_state == "blocked" || task_state == "runnable") {
                overview.moves_queued += count;
            }
        }
    }
}

}  // namespace

Overview overview_of(const status::NodeStatus& status, const Snapshot& snapshot,
                     monitor::WallTime now) {
    Overview overview;
    overview.now = now;
    if (const auto taken_at = snapshot.server.facts.collection.taken_at) {
        overview.age = monitor::Seconds(now - *taken_at).count();
    }
    overview.node = this_node(status, snapshot, now);
    overview.nodes = node_rows(status, snapshot);
    overview.queries = queries_of(status, snapshot);
    overview.activity = snapshot.server.activity.value;
    overview.replication = snapshot.server.replication.value;
    overview.archiver = snapshot.server.archiver.value;
    overview.archiving = status.archiving;
    overview.backup = status.backup;
    if (snapshot.server.facts.value && snapshot.server.facts.value->in_recovery) {
        overview.lag = snapshot.server.facts.value->lag;
    }
    if (snapshot.cluster) {
        overview.imbalance = imbalance_of(*snapshot.cluster);
        if (snapshot.cluster->facts.value) {
            overview.pool_size = snapshot.cluster->facts.value->max_shared_pool_size;
        }
        add_moves(overview, *snapshot.cluster);
    }
    overview.obstacles = find_obstacles(status, snapshot, overview);
    return overview;
}

const char* severity_name(Obstacle::Severity severity) {
    return severity == Obstacle::Severity::error ? "error" : "warning";
}

const char* state_name(NodeRow::State state) {
    switch (state) {
        case NodeRow::State::up:
            return "up";
        case NodeRow::State::down:
            return "down";
        case NodeRow::State::unknown:
            return "unknown";
        case NodeRow::State::inactive:
            return "inactive";
        case NodeRow::State::standby:
            return "standby";
    }
    return "";
}

}  // namespace citus_init::overview
