#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/node_conninfo.h"

#include "agent/restore_work.h"

namespace citus_init::agent {

using citus::NodeRow;
using citus::RestoredState;
using citus::SqlResult;

namespace {

constexpr int kCoordinatorGroup = 0;
constexpr const char* kLocalHost = "localhost";
constexpr std::size_t kMostThreads = 16;

std::string failed_at(const HostPort& node, const citus::SqlError& error) {
    return fmt::format("{}: {}", node.text(), one_line(error.text()));
}

}  // namespace

SqlResult<std::string> CoordinatorRestore::work(citus::Session& own) {
    if (const auto conninfo = citus::read_node_conninfo(own)) {
        node_options_ = *conninfo;
    }
    return is_settling() ? settle_transactions(own) : settle_addresses(own);
}

citus::ConnectionTarget CoordinatorRestore::target_of(const HostPort& node,
                                                      const std::string& database) const {
    auto target = context().reconciler_settings().worker_target;
    target.host = node.host;
    target.port = node.port;
    target.database = database;
    target.options = node_options_;
    return target;
}

SqlResult<std::vector<std::string>> CoordinatorRestore::citus_databases(citus::Session& own) {
    const auto names = citus::read_database_names(own);
    if (!names) {
        return tl::unexpected(names.error());
    }
    const std::string& last = context().settings.citus.database;
    std::vector<std::string> found;
    for (const auto& name : *names) {
        if (name == last) {
            continue;
        }
        const auto session =
            citus::connect_where_citus_is(*context().connector, context().local_target(name));
        if (!session) {
            return tl::unexpected(session.error());
        }
        if (*session) {
            found.push_back(name);
        }
    }
    found.push_back(last);
    return found;
}

// --- recovering: the addresses ---

SqlResult<std::string> CoordinatorRestore::settle_addresses(citus::Session& own) {
    if (!forgot_announcements_) {
        if (const auto forgotten = citus::forget_announcements(own); !forgotten) {
            return tl::unexpected(forgotten.error());
        }
        forgot_announcements_ = true;
    }
    const auto found = find_nodes(own);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (std::string rejoins = rejoin(*found); !rejoins.empty()) {
        return rejoins;
    }
    if (std::string missing = missing_text(*found); !missing.empty()) {
        return missing;
    }
    std::map<int, HostPort> addresses{
        {kCoordinatorGroup, context().reconciler_settings().coordinator}};
    for (const auto& [group, nodes] : found->restored) {
        addresses[group] = nodes.front().address;
    }
    const auto databases = citus_databases(own);
    if (!databases) {
        return tl::unexpected(databases.error());
    }
    for (const auto& database : *databases) {
        auto failure = settle_database(database, addresses);
        if (!failure || !failure->empty()) {
            return failure;
        }
    }
    return std::string();
}

// Only who was named by the settings, or has announced itself since, is asked at all.
SqlResult<CoordinatorRestore::FoundNodes> CoordinatorRestore::find_nodes(citus::Session& own) {
    const auto desired = sources_.desired(own, context().reconciler_settings().coordinator);
    if (!desired) {
        return tl::unexpected(desired.error());
    }
    const auto& addresses = desired->addresses;
    std::vector<FoundNodes> answers(addresses.size());
    in_parallel(addresses.size(), kMostThreads, [&](std::size_t i) {
        const auto session = context().connector->connect(
            target_of(addresses[i], context().settings.citus.database));
        if (session) {
            add(answers[i], addresses[i], **session);
        }
    });
    FoundNodes found;
    for (const auto& answer : answers) {
        for (const auto& [group, nodes] : answer.restored) {
            auto& all = found.restored[group];
            all.insert(all.end(), nodes.begin(), nodes.end());
        }
        found.living.insert(answer.living.begin(), answer.living.end());
    }
    return found;
}

void CoordinatorRestore::add(FoundNodes& found, const HostPort& address,
                             citus::Session& session) const {
    const auto node = citus::read_restored_node(session);
    const auto is_of_cluster = [&](const postgres::RestoredGroup& each) {
        return each.group != kCoordinatorGroup && each.group == node->group_id &&
               each.system_identifier == node->system_identifier;
    };
    if (!node || node->in_recovery ||
        std::none_of(record().groups.begin(), record().groups.end(), is_of_cluster)) {
        return;
    }
    if (node->target == record().target) {
        if (const auto run = citus::read_server_run(session)) {
            found.restored[node->group_id].push_back({address, run->started_at});
        }
        return;
    }
    const auto rows = citus::read_node_rows(session);
    const auto is_this_node = [&](const NodeRow& row) {
        return row.group_id == kCoordinatorGroup && row.is_primary &&
               row.address == context().reconciler_settings().coordinator;
    };
    if (node->target.empty() && rows && std::any_of(rows->begin(), rows->end(), is_this_node)) {
        found.living[node->group_id] = address;
    }
}

// As a worker does whose coordinator lives.
std::string CoordinatorRestore::rejoin(const FoundNodes& found) {
    if (!found.restored.empty() || found.living.empty() || !may_choose_anew()) {
        return "";
    }
    report_once({status::RestoreStep::end_of_wal, "", ""});
    return "the cluster lives: this node is restored to the end of its WAL";
}

std::string CoordinatorRestore::missing_text(const FoundNodes& found) const {
    std::vector<std::string> missing;
    for (const auto& group : record().groups) {
        const auto nodes = found.restored.find(group.group);
        if (group.group == kCoordinatorGroup) {
            continue;
        }
        if (nodes == found.restored.end()) {
            const auto living = found.living.find(group.group);
            missing.push_back(
                living == found.living.end()
                    ? fmt::format("group {} ({} at the point)", group.group, group.address.text())
                    : fmt::format("group {} ({}, which lives)", group.group,
                                  living->second.text()));
            continue;
        }
        const auto& first = nodes->second.front();
        const auto other = std::find_if(
            nodes->second.begin(), nodes->second.end(),
            [&](const FoundNode& node) { return node.started_at != first.started_at; });
        if (other != nodes->second.end()) {
            return fmt::format(
                "group {} is restored twice, at {} and at {}. Stop one of them, or set "
                "CITUS_RESTORE_GROUP to another group there",
                group.group, first.address.text(), other->address.text());
        }
    }
    if (missing.empty()) {
        return "";
    }
    // Whoever empties it would lose what is there.
    const char* advice = found.living.empty()
                             ? ""
                             : ". If only this node was lost, empty its data directory and set "
                               "CITUS_RESTORE=latest here, and nothing elsewhere";
    return fmt::format("waiting for {}, to be restored to the same point{}", join(missing, ", "),
                       advice);
}

// Another database need not be on every node, nor have Citus there. nullptr: it is not, or has not.
SqlResult<std::unique_ptr<citus::Session>> CoordinatorRestore::citus_session(
    citus::Session& main, citus::ConnectionTarget target, const std::string& database) const {
    const auto names = citus::read_database_names(main);
    if (!names) {
        return tl::unexpected(names.error());
    }
    if (std::find(names->begin(), names->end(), database) == names->end()) {
        return nullptr;
    }
    target.database = database;
    return citus::connect_where_citus_is(*context().connector, target);
}

// Each node knows its own group there, which other databases number otherwise.
SqlResult<CoordinatorRestore::DatabaseNode> CoordinatorRestore::database_node(
    const HostPort& address, const std::string& database) const {
    const auto main =
        context().connector->connect(target_of(address, context().settings.citus.database));
    auto session = main ? citus_session(**main, target_of(address, ""), database)
                        : SqlResult<std::unique_ptr<citus::Session>>(tl::unexpected(main.error()));
    if (!session) {
        return tl::unexpected(session.error());
    }
    DatabaseNode node{address, std::move(*session)};
    if (node.session) {
        const auto restored = citus::read_restored_node(*node.session);
        if (!restored) {
            return tl::unexpected(restored.error());
        }
        node.group = restored->group_id;
    }
    return node;
}

// The workers first, so that this node's own state stands for all. Also one that is not in the
// rows: what it has of former ones may lead to the original.
SqlResult<std::string> CoordinatorRestore::settle_database(
    const std::string& database, const std::map<int, HostPort>& addresses) {
    const auto own = context().connector->connect(context().local_target(database));
    if (!own) {
        return tl::unexpected(own.error());
    }
    const auto state = citus::read_restored_state(**own, record().target);
    if (!state) {
        return tl::unexpected(state.error());
    }
    if (*state >= RestoredState::settled) {
        return std::string();
    }
    std::vector<DatabaseNode> workers;
    for (const auto& [group, address] : addresses) {
        if (group == kCoordinatorGroup) {
            continue;
        }
        auto worker = database_node(address, database);
        if (!worker) {
            return failed_at(address, worker.error());
        }
        if (worker->session) {
            workers.push_back(std::move(*worker));
        }
    }
    auto rows = citus::read_node_rows(**own);
    const auto self = citus::read_restored_node(**own);
    if (!rows || !self) {
        return tl::unexpected(rows ? self.error() : rows.error());
    }
    const DatabaseNode own_node{addresses.at(kCoordinatorGroup), nullptr, self->group_id};
    if (std::string problem = move_rows(*rows, own_node, workers, database); !problem.empty()) {
        return problem;
    }
    for (const auto& worker : workers) {
        const auto settled = citus::settle_node_rows(*worker.session, record().target, *rows);
        if (!settled) {
            return failed_at(worker.address, settled.error());
        }
    }
    if (const auto settled = citus::settle_node_rows(**own, record().target, *rows); !settled) {
        return tl::unexpected(settled.error());
    }
    for (const auto& row : *rows) {
        log::info("database \"{}\": node {} (group {}) is {}", database, row.node_id, row.group_id,
                  row.address.text());
    }
    return std::string();
}

// Primaries get their new addresses, others go. "" = done; else whose address is not known.
std::string CoordinatorRestore::move_rows(std::vector<NodeRow>& rows, const DatabaseNode& own,
                                          const std::vector<DatabaseNode>& workers,
                                          const std::string& database) const {
    std::erase_if(rows, [](const NodeRow& row) { return !row.is_primary; });
    for (auto& row : rows) {
        if (row.group_id == own.group) {
            row.address = row.address.host == kLocalHost
                              ? HostPort{kLocalHost, context().server.port}
                              : own.address;
            continue;
        }
        const auto is_of_row = [&](const DatabaseNode& node) { return node.group == row.group_id; };
        const auto worker = std::find_if(workers.begin(), workers.end(), is_of_row);
        if (std::count_if(workers.begin(), workers.end(), is_of_row) != 1) {
            return fmt::format(
                "pg_dist_node of the database \"{}\" has the node {}, which the restore point does "
                "not have: remove it there by hand",
                database, row.address.text());
        }
        row.address = worker->address;
    }
    return "";
}

// --- settling: the transactions ---

// Each node decides about its own transactions before any is counted.
SqlResult<std::string> CoordinatorRestore::settle_transactions(citus::Session& own) {
    auto nodes = cluster_nodes(own);
    const auto databases = citus_databases(own);
    if (!nodes || !databases) {
        return tl::unexpected(nodes ? databases.error() : nodes.error());
    }
    const std::span<ReachedNode> all(*nodes);
    const auto complete = [this](ReachedNode& node) { return note_complete(node); };
    const std::array<std::pair<std::span<ReachedNode>, NodeAction>, 5> steps{
        {{all, [this](ReachedNode& node) { return reach(node); }},
         {all, [&](ReachedNode& node) { return recover_prepared(node, *databases); }},
         {all, [](ReachedNode& node) { return doubtful_text(node); }},
         // This node's own state stands for all.
         {all.first(all.size() - 1), complete},
         {all.last(1), complete}}};
    for (const auto& [of, action] : steps) {
        auto text = on_each(of, action);
        if (!text || !text->empty()) {
            return text;
        }
    }
    return std::string();
}

// At the same time: the first text or failure.
SqlResult<std::string> CoordinatorRestore::on_each(std::span<ReachedNode> nodes,
                                                   const NodeAction& action) {
    std::vector<SqlResult<std::string>> answers(nodes.size());
    in_parallel(nodes.size(), kMostThreads, [&](std::size_t i) { answers[i] = action(nodes[i]); });
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!answers[i]) {
            return failed_at(nodes[i].address, answers[i].error());
        }
        if (!answers[i]->empty()) {
            return answers[i];
        }
    }
    return std::string();
}

// "" = it runs with Citus, or is complete already.
SqlResult<std::string> CoordinatorRestore::reach(ReachedNode& node) const {
    node.target.database = context().settings.citus.database;
    auto session = context().connector->connect(node.target);
    if (!session) {
        return tl::unexpected(session.error());
    }
    node.session = std::move(*session);
    const auto restored = citus::read_restored_node(*node.session);
    const auto state = citus::read_restored_state(*node.session, record().target);
    if (!restored || !state) {
        return tl::unexpected(restored ? state.error() : restored.error());
    }
    if (*state < RestoredState::settled) {
        return fmt::format("{} is not the node that was restored", node.address.text());
    }
    return restored->has_citus_loaded
               ? std::string()
               : fmt::format("{} has not started with Citus yet", node.address.text());
}

SqlResult<std::string> CoordinatorRestore::recover_prepared(
    ReachedNode& node, const std::vector<std::string>& databases) const {
    for (const auto& database : databases) {
        std::unique_ptr<citus::Session> other;
        if (database != node.target.database) {
            auto session = citus_session(*node.session, node.target, database);
            if (!session) {
                return tl::unexpected(session.error());
            }
            if (!*session) {
                continue;
            }
            other = std::move(*session);
        }
        const auto recovered = citus::recover_prepared_transactions(other ? *other : *node.session);
        if (!recovered) {
            return tl::unexpected(recovered.error());
        }
    }
    return std::string();
}

SqlResult<std::string> CoordinatorRestore::doubtful_text(ReachedNode& node) {
    const auto count = citus::count_prepared_transactions(*node.session);
    if (!count) {
        return tl::unexpected(count.error());
    }
    return *count == 0
               ? std::string()
               : fmt::format("{} transactions are in doubt on {}", *count, node.address.text());
}

SqlResult<std::string> CoordinatorRestore::note_complete(ReachedNode& node) const {
    const auto noted =
        citus::note_restored_state(*node.session, record().target, RestoredState::complete);
    return noted ? SqlResult<std::string>() : tl::unexpected(noted.error());
}

// All nodes of the cluster, this one last.
SqlResult<std::vector<CoordinatorRestore::ReachedNode>> CoordinatorRestore::cluster_nodes(
    citus::Session& own) const {
    const auto rows = citus::read_node_rows(own);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<ReachedNode> nodes;
    for (const auto& row : *rows) {
        if (row.group_id != kCoordinatorGroup) {
            nodes.push_back({row.address, target_of(row.address, "")});
        }
    }
    nodes.push_back({context().reconciler_settings().coordinator, context().local_target()});
    return nodes;
}

}  // namespace citus_init::agent
