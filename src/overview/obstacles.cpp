#include "overview/obstacles.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace citus_init::overview {

namespace {

using Severity = Obstacle::Severity;
using Obstacles = std::vector<Obstacle>;

constexpr double kMuchImbalance = 1.5;
constexpr double kLongWait = 10;            // seconds that a statement waits for another
constexpr double kOldPrepared = 60;         // seconds
constexpr double kOldTransactionIds = 1e9;  // the server stops at 2e9

void add_condition(Obstacles& obstacles, Severity severity, const status::Condition& condition) {
    if (!is_none(condition)) {
        obstacles.push_back({severity, "", text_of(condition), ""});
    }
}

void add_status(Obstacles& obstacles, const status::NodeStatus& status) {
    if (status.phase != status::Phase::ready) {
        const bool has_failed = status.phase == status::Phase::failed;
        obstacles.push_back(
            {has_failed ? Severity::error : Severity::warning, "",
             fmt::format("{}: {}", status::phase_name(status.phase), status::reason_text(status)),
             ""});
    }
    add_condition(obstacles, Severity::error, status.unfit);
    add_condition(obstacles, Severity::error, status.own_connection);
    add_condition(obstacles, Severity::warning, status.handover);
    if (status.archiving) {
        const auto& archiving = status.archiving->condition;
        const bool fails = archiving.kind == status::ConditionKind::archiving_failed;
        add_condition(obstacles, fails ? Severity::error : Severity::warning, archiving);
    }
    if (status.backup) {
        add_condition(obstacles, Severity::error, status.backup->condition);
    }
    if (!status.membership.joined) {
        add_condition(obstacles, Severity::warning, status.membership.condition);
    }
    for (const auto& note : status.membership.notes) {
        add_condition(obstacles, Severity::warning, note);
    }
}

void add_workers(Obstacles& obstacles, const citus::WorkersSummary& workers) {
    for (const auto& finding : workers.findings) {
        obstacles.push_back({Severity::error, finding.address.text(),
                             fmt::format("{}: {}", finding.state, finding.reason), ""});
    }
    if (workers.more_findings > 0) {
        obstacles.push_back({Severity::error, "",
                             fmt::format("{} more workers need attention", workers.more_findings),
                             "citus-init nodes"});
    }
    if (!workers.stopped.empty()) {
        obstacles.push_back({Severity::error, "", workers.stopped, "citus-init plan"});
    }
}

bool is_reported(const Obstacles& obstacles, const std::string& node) {
    return std::any_of(obstacles.begin(), obstacles.end(),
                       [&](const Obstacle& obstacle) { return obstacle.node == node; });
}

// Those that the membership does not tell of already.
void add_nodes(Obstacles& obstacles, const Overview& overview) {
    for (const NodeRow& row : overview.nodes) {
        if (row.state == NodeRow::State::down && !is_reported(obstacles, row.address)) {
            obstacles.push_back({Severity::error, row.address, "does not answer: " + row.reason,
                                 "citus-init nodes"});
        } else if (row.state == NodeRow::State::inactive && !is_reported(obstacles, row.address)) {
            obstacles.push_back({Severity::warning, row.address, row.reason, "citus-init plan"});
        }
    }
    const auto differs = [&](auto version) {
        std::vector<std::string> versions;
        for (const NodeRow& row : overview.nodes) {
            if (!(row.*version).empty()) {
                versions.push_back(row.*version);
            }
        }
        return std::adjacent_find(versions.begin(), versions.end(), std::not_equal_to<>()) !=
               versions.end();
    };
    if (differs(&NodeRow::citus)) {
        obstacles.push_back({Severity::warning, "", "the nodes have different versions of Citus",
                             "citus-init nodes"});
    }
}

void add_cluster(Obstacles& obstacles, const monitor::ClusterSnapshot& cluster,
                 const Overview& overview) {
    if (overview.imbalance.bytes.value_or(0) > kMuchImbalance &&
        overview.imbalance.shards.value_or(0) > kMuchImbalance) {
        obstacles.push_back({Severity::warning, "",
                             fmt::format("one node has {:.1f} times the mean of the shards' bytes",
                                         *overview.imbalance.bytes),
                             "citus-init rebalance"});
    }
    if (cluster.background_tasks.value) {
        const auto failed = cluster.background_tasks.value->find("error");
        if (failed != cluster.background_tasks.value->end() && failed->second > 0) {
            obstacles.push_back({Severity::warning, "", "a background task of Citus has failed",
                                 "SELECT * FROM pg_dist_background_task WHERE status = 'error'"});
        }
    }
}

void add_lost_slots(Obstacles& obstacles, const std::vector<monitor::ReplicationSlot>& slots) {
    for (const auto& slot : slots) {
        if (slot.lost) {
            obstacles.push_back(
                {Severity::error, "",
                 fmt::format(R"(the replication slot "{}" has lost WAL that it needs)", slot.name),
                 fmt::format("SELECT pg_drop_replication_slot('{}')", slot.name)});
        }
    }
}

void add_prepared(Obstacles& obstacles, const monitor::PreparedByOwner& by_owner) {
    for (const auto& [owner, prepared] : by_owner) {
        if (prepared.count > 0 && prepared.oldest_age > kOldPrepared) {
            obstacles.push_back(
                {Severity::warning, "",
                 fmt::format("a prepared transaction is {:.0f} s old, and holds its locks",
                             prepared.oldest_age),
                 owner == "citus" ? "SELECT recover_prepared_transactions()"
                                  : "SELECT * FROM pg_prepared_xacts"});
        }
    }
}

void add_old_databases(Obstacles& obstacles, const std::vector<monitor::Database>& databases) {
    for (const auto& database : databases) {
        if (database.xid_age > kOldTransactionIds) {
            obstacles.push_back(
                {Severity::error, "",
                 fmt::format(R"(transaction ids of the database "{}" run out)", database.name),
                 "VACUUM FREEZE"});
        }
    }
}

void add_server(Obstacles& obstacles, const monitor::ServerSnapshot& server,
                const status::NodeStatus& status) {
    if (server.session.took && !server.session.error.empty()) {
        obstacles.push_back({Severity::error, "",
                             "the server does not answer: " + server.session.error,
                             "citus-init health"});
    }
    if (server.facts.value && server.facts.value->settings_waiting_for_restart > 0) {
        obstacles.push_back(
            {Severity::warning, "",
             fmt::format("{} settings wait for a restart of the server",
                         server.facts.value->settings_waiting_for_restart),
             "SELECT name FROM pg_settings WHERE pending_restart AND source <> 'command line'"});
    }
    const bool is_known = status.archiving && !is_none(status.archiving->condition);
    if (server.archiver.value && server.archiver.value->failing && !is_known) {
        obstacles.push_back({Severity::error, "", "WAL cannot be archived, and piles up",
                             "SELECT * FROM pg_stat_archiver"});
    }
    if (server.replication.value) {
        add_lost_slots(obstacles, server.replication.value->slots);
    }
    if (server.prepared.value) {
        add_prepared(obstacles, *server.prepared.value);
    }
    if (server.databases.value) {
        add_old_databases(obstacles, *server.databases.value);
    }
}

// Of what is shown nowhere then.
void add_failed_collections(Obstacles& obstacles, const monitor::Snapshot& snapshot) {
    monitor::for_each_collection(
        snapshot, [&](std::string_view part, const monitor::Collection& collection) {
            if (part != "session" && !collection.error.empty()) {
                obstacles.push_back(
                    {Severity::warning, "",
                     fmt::format(R"("{}" is not known: {})", part, collection.error), ""});
            }
        });
}

// One for whoever blocks others and waits for nobody.
void add_queries(Obstacles& obstacles, const std::vector<QueryRow>& queries) {
    for (const QueryRow& blocker : queries) {
        if (blocker.blocks == 0 || !blocker.blocked_by.empty()) {
            continue;
        }
        const bool is_long = std::any_of(queries.begin(), queries.end(), [&](const QueryRow& row) {
            return row.seconds > kLongWait &&
                   std::find(row.blocked_by.begin(), row.blocked_by.end(), blocker.id) !=
                       row.blocked_by.end();
        });
        if (is_long) {
            obstacles.push_back(
                {Severity::warning, blocker.nodes.front(),
                 fmt::format("{} blocks {} other{} (role {}, {})", blocker.id, blocker.blocks,
                             blocker.blocks == 1 ? "" : "s", blocker.role, blocker.state),
                 fmt::format("SELECT pg_terminate_backend({})", blocker.id)});
        }
    }
}

}  // namespace

std::vector<Obstacle> find_obstacles(const status::NodeStatus& status,
                                     const monitor::Snapshot& snapshot, const Overview& overview) {
    Obstacles obstacles;
    add_status(obstacles, status);
    if (status.membership.workers) {
        add_workers(obstacles, *status.membership.workers);
    }
    add_nodes(obstacles, overview);
    if (snapshot.cluster) {
        add_cluster(obstacles, *snapshot.cluster, overview);
    }
    add_server(obstacles, snapshot.server, status);
    add_failed_collections(obstacles, snapshot);
    add_queries(obstacles, overview.queries);
    std::stable_sort(
        obstacles.begin(), obstacles.end(),
        [](const Obstacle& left, const Obstacle& right) { return left.severity < right.severity; });
    return obstacles;
}

}  // namespace citus_init::overview
