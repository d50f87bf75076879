#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr double kLongForClients = 10;       // seconds
constexpr double kDefaultRecovery = 60'000;  // citus.recover_2pc_interval, milliseconds
constexpr double kRecoveries = 2;            // of which one at least should have resolved it
constexpr double kMuchWal = kGigabyte;

// The group whose node began it: "citus_0_1234_5_6" is of group 0.
std::optional<long long> group_of(const PreparedTransaction& transaction) {
    const auto parts = split(transaction.name, '_');
    return parts.size() < 2 ? std::nullopt : parse_integer(parts[1], 0, 1 << 30);
}

const NodeFacts* node_of_group(const ClusterFacts& cluster, const std::optional<long long>& group) {
    const auto found =
        std::find_if(cluster.nodes.begin(), cluster.nodes.end(), [&](const NodeFacts& node) {
            return group &&
                   (node.row ? node.row->group_id == *group : node.is_coordinator && *group == 0);
        });
    return found == cluster.nodes.end() || !found->trouble.empty() ? nullptr : &*found;
}

void report_of_citus(const ClusterFacts& cluster, const NodeFacts& node,
                     const PreparedTransaction& transaction, Report& report) {
    const double interval =
        node.settings
            ? node.settings->number("citus.recover_2pc_interval").value_or(kDefaultRecovery)
            : kDefaultRecovery;
    if (static_cast<double>(transaction.age) <= kRecoveries * std::max(0.0, interval) / 1000) {
        return;
    }
    constexpr const char* kRecover = "SELECT pg_catalog.recover_prepared_transactions()";
    const NodeFacts* initiator = node_of_group(cluster, group_of(transaction));
    report.add(
        node,
        fmt::format("the transaction \"{}\" of Citus is prepared for {} s, and was not "
                    "recovered",
                    transaction.name, transaction.age),
        fmt::format("{} on {}", kRecover,
                    initiator == nullptr ? "the node that began it" : initiator->name),
        initiator == nullptr ? std::nullopt : std::optional(Repair{initiator->name, kRecover}));
}

void report_orphaned_slots(const NodeFacts& node, Report& report) {
    for (const ReplicationSlot& slot :
         node.leftovers ? node.leftovers->slots : std::vector<ReplicationSlot>()) {
        if (slot.of_citus && !slot.active) {
            report.add(node,
                       fmt::format("the replication slot {} of a shard move is not in use, and "
                                   "keeps {} of WAL",
                                   slot.name, size_text(slot.kept_bytes)),
                       fmt::format("CALL citus_cleanup_orphaned_resources() on "
                                   "the coordinator, then, if it is still there, SELECT "
                                   "pg_drop_replication_slot('{}') on this node",
                                   slot.name));
        }
    }
}

}  // namespace

void find_prepared_transactions(const ClusterFacts& cluster, Report& report) {
    for (const NodeFacts& node : cluster.nodes) {
        for (const PreparedTransaction& transaction :
             node.leftovers ? node.leftovers->prepared : std::vector<PreparedTransaction>()) {
            if (transaction.of_citus) {
                report_of_citus(cluster, node, transaction, report);
            } else if (static_cast<double>(transaction.age) >= kLongForClients) {
                report.add(node,
                           fmt::format("the transaction \"{}\" of {} in the database \"{}\" is "
                                       "prepared for {} s",
                                       transaction.name, transaction.owner, transaction.database,
                                       transaction.age),
                           fmt::format("Let its transaction manager end it. If that is gone, in "
                                       "that database: COMMIT PREPARED '{0}' or "
                                       "ROLLBACK PREPARED '{0}'",
                                       transaction.name));
            }
        }
    }
}

void find_orphaned_slots(const ClusterFacts& cluster, Report& report) {
    const NodeFacts* coordinator = node_of_group(cluster, 0);
    const bool none_moves =
        coordinator != nullptr && coordinator->leftovers && coordinator->leftovers->moves == 0;
    for (const NodeFacts& node : none_moves ? cluster.nodes : std::vector<NodeFacts>()) {
        report_orphaned_slots(node, report);
    }
}

void find_slots_that_keep_wal(const NodeFacts& node, Report& report) {
    for (const ReplicationSlot& slot :
         node.leftovers ? node.leftovers->slots : std::vector<ReplicationSlot>()) {
        const bool is_lost = slot.wal_status == "lost" || slot.wal_status == "unreserved";
        const auto kept = static_cast<double>(slot.kept_bytes);
        if (is_lost || (!slot.active && !slot.of_citus && kept >= kMuchWal)) {
            report.add(node,
                       fmt::format("the replication slot {} is {} and {}", slot.name,
                                   slot.active ? "in use" : "not in use",
                                   is_lost ? "its WAL is " + slot.wal_status
                                           : "keeps " + size_text(kept) + " of WAL"),
                       fmt::format("Start its consumer. If that is gone: SELECT "
                                   "pg_drop_replication_slot('{}')",
                                   slot.name));
        }
    }
}

void find_cleanup_records(const NodeFacts& node, Report& report) {
    if (!node.leftovers || node.leftovers->cleanup.empty()) {
        return;
    }
    constexpr const char* kCleanUp = "CALL pg_catalog.citus_cleanup_orphaned_resources()";
    report.add(node,
               fmt::format("{} objects that moves and splits left are to be removed: {}",
                           node.leftovers->cleanup.size(), names_text(node.leftovers->cleanup)),
               fmt::format("{} on the coordinator; what a move still needs stays", kCleanUp),
               Repair{node.name, kCleanUp});
}

void find_orphaned_shards(const ClusterFacts& cluster, Report& report) {
    const NodeFacts* coordinator = cluster.coordinator();
    if (coordinator == nullptr || !coordinator->leftovers) {
        return;
    }
    const std::int64_t last = coordinator->leftovers->last_shard_id;
    for (const NodeFacts& node : cluster.nodes) {
        std::vector<std::string> orphans;
        for (const UnplacedShard& shard :
             node.leftovers ? node.leftovers->unplaced : std::vector<UnplacedShard>()) {
            if (shard.id <= last) {
                orphans.push_back(shard.relation);
            }
        }
        if (!orphans.empty()) {
            report.add(node, "tables that are named as shards and are none: " + names_text(orphans),
                       fmt::format("Compare their rows with the table's. What nothing else needs, "
                                   "on this node, with SET citus.enable_ddl_propagation = off: "
                                   "DROP TABLE {}",
                                   orphans.front()));
        }
    }
}

}  // namespace citus_init::doctor
