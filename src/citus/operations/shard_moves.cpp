#include "citus_init/citus/operations/shard_moves.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/text.h"

#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

// Sizes come from the nodes themselves; get_rebalance_table_shards_plan() has 0 for a plan by shard
// count.
constexpr const char* kPlan =
    "SELECT plan.shardid, plan.sourcename, plan.sourceport, plan.targetname, plan.targetport, "
    "coalesce(shards.shard_size, 0) "
    "FROM pg_catalog.get_rebalance_table_shards_plan(drain_only => $1::bool) plan "
    "LEFT JOIN pg_catalog.citus_shards shards ON shards.shardid = plan.shardid "
    "AND shards.nodename = plan.sourcename AND shards.nodeport = plan.sourceport";

constexpr const char* kPlacements =
    "SELECT placement.shardid, node.nodename, node.nodeport "
    "FROM pg_catalog.pg_dist_placement placement JOIN pg_catalog.pg_dist_node node "
    "ON node.groupid = placement.groupid AND node.noderole = 'primary' "
    "WHERE placement.shardid = ANY ($1::bigint[])";

constexpr const char* kNodesWithoutLogicalDecoding =
    "SELECT node.nodename || ':' || node.nodeport, answer.result "
    "FROM pg_catalog.run_command_on_all_nodes('SHOW wal_level') answer "
    "JOIN pg_catalog.pg_dist_node node USING (nodeid) "
    "WHERE NOT answer.success OR answer.result <> 'logical' ORDER BY 1";

// Tables that logical replication cannot tell the rows of: REPLICA IDENTITY NOTHING, or the default
// without a primary key.
constexpr const char* kTablesWithoutIdentity =
    "SELECT relation.oid::pg_catalog.regclass::text "
    "FROM pg_catalog.pg_dist_partition partition "
    "JOIN pg_catalog.pg_class relation ON relation.oid = partition.logicalrelid "
    "WHERE partition.partmethod IN ('h', 'a', 'r') AND relation.relkind = 'r' "
    "AND (relation.relreplident = 'n' OR (relation.relreplident = 'd' AND NOT EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = relation.oid AND i.indisprimary))) "
    "ORDER BY 1";

constexpr const char* kStart =
    "SELECT pg_catalog.citus_rebalance_start(drain_only => $1::bool, "
    "shard_transfer_mode => $2::citus.shard_transfer_mode)";

constexpr const char* kUnfinished =
    "SELECT job_id FROM pg_catalog.pg_dist_background_job WHERE job_type = 'rebalance' "
    "AND state::text NOT IN ('finished', 'cancelled', 'failed') ORDER BY job_id DESC LIMIT 1";

constexpr const char* kJob =
    "SELECT state, details FROM pg_catalog.citus_job_status($1::bigint, raw => true)";

constexpr const char* kStop = "SELECT pg_catalog.citus_rebalance_stop()";

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string()
               ? found->get<std::string>()
               : "";
}

std::int64_t number_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_number_integer()
               ? found->get<std::int64_t>()
               : 0;
}

Json member(const Json& object, const char* key) {
    return object.is_object() && object.contains(key) ? object.at(key) : Json();
}

RunningMove parse_task(const Json& task) {
    RunningMove move;
    move.command = text_at(task, "command");
    const Json hosts = member(task, "hosts");
    move.from = text_at(hosts, "source");
    move.to = text_at(hosts, "target");
    move.phase = text_at(task, "phase");
    const Json size = member(task, "size");
    move.total_bytes = number_at(size, "source");
    move.copied_bytes = std::min(number_at(size, "target"), move.total_bytes);
    move.position = text_at(member(task, "LSN"), "source") + text_at(member(task, "LSN"), "target");
    move.retried = static_cast<int>(number_at(task, "retried"));
    move.message = text_at(task, "message");
    return move;
}

}  // namespace

const char* transfer_mode_word(TransferMode mode) {
    switch (mode) {
        case TransferMode::automatic:
            return "auto";
        case TransferMode::force_logical:
            return "force_logical";
        case TransferMode::block_writes:
            return "block_writes";
    }
    return "auto";
}

bool MoveJob::over() const {
    return state == "finished" || state == "cancelled" || state == "failed";
}

bool MoveJob::failed() const {
    return state == "cancelled" || state == "failed";
}

SqlResult<std::vector<PlannedMove>> plan_moves(Session& coordinator, bool drain_only) {
    const auto rows = coordinator.query(kPlan, {drain_only ? "true" : "false"});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<PlannedMove> moves;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        moves.push_back({bigint_at(*rows, row, 0), address_at(*rows, row, 1),
                         address_at(*rows, row, 3), bigint_at(*rows, row, 5)});
    }
    return moves;
}

SqlResult<std::int64_t> arrived_bytes(Session& coordinator, const std::vector<PlannedMove>& moves) {
    std::vector<std::string> shards;
    shards.reserve(moves.size());
    for (const auto& move : moves) {
        shards.push_back(std::to_string(move.shard));
    }
    const auto rows = coordinator.query(kPlacements, {"{" + join(shards, ",") + "}"});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::multimap<std::int64_t, std::string> places;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        places.emplace(bigint_at(*rows, row, 0), address_at(*rows, row, 1).text());
    }
    std::int64_t bytes = 0;
    for (const auto& move : moves) {
        const auto [first, last] = places.equal_range(move.shard);
        if (std::any_of(first, last,
                        [&](const auto& place) { return place.second == move.to.text(); })) {
            bytes += move.bytes;
        }
    }
    return bytes;
}

SqlResult<std::vector<std::string>> obstacles_to_online_moves(Session& coordinator) {
    std::vector<std::string> obstacles;
    const auto nodes = coordinator.query(kNodesWithoutLogicalDecoding);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    for (std::size_t row = 0; row < nodes->values.size(); ++row) {
        obstacles.push_back(fmt::format(
            "{}: wal_level is \"{}\", and only \"logical\" allows it to send a shard without "
            "blocking writes. Set it there (CITUS_GUC_WAL_LEVEL=logical) and restart the node",
            nodes->at(row, 0), nodes->at(row, 1)));
    }
    const auto tables = coordinator.query(kTablesWithoutIdentity);
    if (!tables) {
        return tl::unexpected(tables.error());
    }
    for (std::size_t row = 0; row < tables->values.size(); ++row) {
        obstacles.push_back(fmt::format(
            "table {} has no primary key and no other replica identity. Give it one (ALTER TABLE "
            "{} REPLICA IDENTITY ...)",
            tables->at(row, 0), tables->at(row, 0)));
    }
    return obstacles;
}

SqlResult<std::optional<std::int64_t>> start_moves(Session& coordinator,
                                                   const MoveOptions& options) {
    const auto rows = coordinator.query(
        kStart, {options.drain_only ? "true" : "false", transfer_mode_word(options.mode)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty() || rows->is_null(0, 0)) {
        return std::optional<std::int64_t>();
    }
    return std::optional(bigint_at(*rows, 0, 0));
}

SqlResult<std::optional<std::int64_t>> unfinished_job(Session& coordinator) {
    const auto rows = coordinator.query(kUnfinished);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? std::optional<std::int64_t>() : std::optional(bigint_at(*rows, 0, 0));
}

SqlResult<MoveJob> read_job(Session& coordinator, std::int64_t id) {
    const auto rows = coordinator.query(kJob, {std::to_string(id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return parse_job(id, "finished", "{}");  // somebody tidied pg_dist_background_job up
    }
    return parse_job(id, rows->at(0, 0), rows->at(0, 1));
}

SqlResult<void> stop_moves(Session& coordinator) {
    const auto rows = coordinator.query(kStop);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return {};
}

MoveJob parse_job(std::int64_t id, const std::string& state, const std::string& details) {
    MoveJob job;
    job.id = id;
    job.state = state;
    const Json json = Json::parse(details, nullptr, false);
    for (const Json& task : member(json, "tasks")) {
        job.running.push_back(parse_task(task));
    }
    const Json counts = member(json, "task_state_counts");
    if (counts.is_object()) {
        for (const auto& count : counts.items()) {
            const int tasks = count.value().is_number_integer() ? count.value().get<int>() : 0;
            job.total += tasks;
            job.done += count.key() == "done" ? tasks : 0;
        }
    }
    return job;
}

}  // namespace citus_init::citus
