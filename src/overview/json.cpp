#include <nlohmann/json.hpp>

#include "citus_init/overview/overview.h"

namespace citus_init::overview {

namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json if_known(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json json_of(const Obstacle& obstacle) {
    return {{"severity", severity_name(obstacle.severity)},
            {"node", obstacle.node},
            {"text", obstacle.text},
            {"command", obstacle.command}};
}

Json json_of(const ThisNode& node) {
    return {{"name", node.name},
            {"role", node.role},
            {"phase", node.phase},
            {"reason", node.reason},
            {"since", node.since},
            {"membership", node.membership},
            {"restarts", node.restarts},
            {"postgresql", node.postgresql},
            {"citus", node.citus},
            {"started", if_known(node.started)},
            {"certificate_ends", if_known(node.certificate_ends)},
            {"lease_left", if_known(node.lease_left)}};
}

Json json_of(const NodeRow& row) {
    return {{"address", row.address},
            {"group_id", row.group_id},
            {"state", state_name(row.state)},
            {"reason", row.reason},
            {"has_shards", row.has_shards},
            {"shards", if_known(row.shards)},
            {"bytes", if_known(row.bytes)},
            {"connections", if_known(row.connections)},
            {"max_connections", if_known(row.max_connections)},
            {"pool_used", if_known(row.pool_used)},
            {"round_trip", if_known(row.round_trip)},
            {"postgresql", row.postgresql},
            {"citus", row.citus}};
}

Json json_of(const monitor::ShardMove& move) {
    return {{"table", move.table},
            {"shard_id", move.shard_id},
            {"source", move.source.text()},
            {"target", move.target.text()},
            {"state", state_name(move.state)},
            {"bytes", move.bytes},
            {"copied_bytes", move.copied_bytes},
            {"left", move.left ? Json(move.left->count()) : Json(nullptr)}};
}

// Ids as texts: JavaScript's numbers end at 2^53.
Json json_of(const QueryRow& row) {
    Json blocked_by = Json::array();
    for (const std::int64_t id : row.blocked_by) {
        blocked_by.push_back(std::to_string(id));
    }
    return {{"id", std::to_string(row.id)},
            {"nodes", row.nodes},
            {"database", row.database},
            {"role", row.role},
            {"state", row.state},
            {"waits_for", row.waits_for},
            {"seconds", row.seconds},
            {"blocked_by", blocked_by},
            {"blocked_by_prepared", row.blocked_by_prepared},
            {"blocks", row.blocks},
            {"text", row.text}};
}

Json json_of(const monitor::SessionGroup& group) {
    return {{"database", if_known(group.database)},
            {"role", group.role},
            {"is_client", group.is_client},
            {"state", group.state},
            {"waits_for_lock", group.waits_for_lock},
            {"count", group.count},
            {"oldest_transaction", group.oldest_transaction}};
}

Json json_of(const monitor::Receiver& receiver) {
    return {{"application_name", receiver.application_name},
            {"address", receiver.address},
            {"state", receiver.state},
            {"sync_state", receiver.sync_state},
            {"lag_bytes", if_known(receiver.lag_bytes)},
            {"lag", if_known(receiver.lag)}};
}

Json json_of(const monitor::ReplicationSlot& slot) {
    return {{"name", slot.name},
            {"type", slot.type},
            {"active", slot.active},
            {"lost", slot.lost},
            {"retained_bytes", if_known(slot.retained_bytes)}};
}

Json json_of(const monitor::Archiver& archiver) {
    return {{"enabled", archiver.enabled},
            {"failing", archiver.failing},
            {"archived", archiver.archived},
            {"failed", archiver.failed},
            {"last_archive_age", if_known(archiver.last_archive_age)}};
}

// `failed`: why WAL does not reach its stanza, "" = it does.
Json json_of(const status::ArchivingStatus& archiving) {
    return {{"stanza", archiving.stanza},
            {"failed", text_of(archiving.condition)},
            {"pending", archiving.condition.kind == status::ConditionKind::archiving_pending},
            {"since", archiving.since},
            {"waiting_segments", archiving.waiting_segments},
            {"waiting_bytes", archiving.waiting_bytes},
            {"disk_lasts", if_known(archiving.disk_lasts)}};
}

// `failed`: why what is due is not made, "" = it is, or nothing is due.
Json json_of(const status::BackupStatus& backup) {
    return {{"failed", text_of(backup.condition)},       {"since", backup.since},
            {"last_full", if_known(backup.last_full)},   {"last", if_known(backup.last)},
            {"last_point", if_known(backup.last_point)}, {"next", if_known(backup.next)}};
}

template <typename T>
Json list_of(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) {
        list.push_back(json_of(value));
    }
    return list;
}

}  // namespace

std::string to_json(const Overview& overview) {
    const monitor::Seconds now = overview.now.time_since_epoch();
    Json object{{"now", now.count()},
                {"age", if_known(overview.age)},
                {"node", json_of(overview.node)},
                {"obstacles", list_of(overview.obstacles)},
                {"nodes", list_of(overview.nodes)},
                {"imbalance",
                 {{"shards", if_known(overview.imbalance.shards)},
                  {"bytes", if_known(overview.imbalance.bytes)}}},
                {"pool_size", if_known(overview.pool_size)},
                {"moves", list_of(overview.moves)},
                {"moves_done", overview.moves_done},
                {"moves_queued", overview.moves_queued},
                {"queries", list_of(overview.queries)}};
    object["sessions"] = overview.activity ? list_of(overview.activity->sessions) : Json(nullptr);
    object["replicas"] =
        overview.replication ? list_of(overview.replication->receivers) : Json(nullptr);
    object["slots"] = overview.replication ? list_of(overview.replication->slots) : Json(nullptr);
    object["archiver"] = overview.archiver ? json_of(*overview.archiver) : Json(nullptr);
    object["archiving"] = overview.archiving ? json_of(*overview.archiving) : Json(nullptr);
    object["backup"] = overview.backup ? json_of(*overview.backup) : Json(nullptr);
    object["lag"] = if_known(overview.lag);
    // Texts of the database's may hold any bytes.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace citus_init::overview
