#include "citus_init/citus/operations/shard_moves.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

#include "citus/operations/shard_move_statements.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

using Json = nlohmann::json;

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
    move.total_bytes = number_at(size, "source").value_or(0);
    move.copied_bytes = std::min(number_at(size, "target").value_or(0), move.total_bytes);
    move.position = text_at(member(task, "LSN"), "source") + text_at(member(task, "LSN"), "target");
    move.retried = static_cast<int>(number_at(task, "retried").value_or(0));
    move.message = text_at(task, "message");
    return move;
}

}  // namespace

const char* transfer_mode_name(TransferMode mode) {
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
    const auto rows = coordinator.query(statement::kPlannedMoves, {drain_only ? "true" : "false"});
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
    const auto rows =
        coordinator.query(statement::kPlacementsOfShards, {"{" + join(shards, ",") + "}"});
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
    const auto nodes = coordinator.query(statement::kNodesWithoutLogicalDecoding);
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    for (std::size_t row = 0; row < nodes->values.size(); ++row) {
        obstacles.push_back(fmt::format(
            "{}: wal_level is \"{}\", and only \"logical\" allows it to send a shard without "
            "blocking writes. Set it there (CITUS_GUC_WAL_LEVEL=logical) and restart the node",
            nodes->at(row, 0), nodes->at(row, 1)));
    }
    const auto tables = coordinator.query(statement::kTablesWithoutIdentity);
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
        statement::kStartMoves,
        {options.drain_only ? "true" : "false", transfer_mode_name(options.mode)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty() || rows->is_null(0, 0)) {
        return std::optional<std::int64_t>();
    }
    return std::optional(bigint_at(*rows, 0, 0));
}

namespace {

SqlResult<std::optional<std::int64_t>> read_job_id(Session& coordinator, const char* query) {
    const auto rows = coordinator.query(query);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? std::optional<std::int64_t>() : std::optional(bigint_at(*rows, 0, 0));
}

}  // namespace

SqlResult<std::optional<std::int64_t>> unfinished_job(Session& coordinator) {
    return read_job_id(coordinator, statement::kUnfinishedMoves);
}

SqlResult<std::optional<std::int64_t>> unfinished_background_job(Session& coordinator) {
    return read_job_id(coordinator, statement::kUnfinishedJob);
}

SqlResult<bool> has_moves_to_make(Session& coordinator) {
    return ask(coordinator, statement::kHasMoves);
}

SqlResult<MoveJob> read_job(Session& coordinator, std::int64_t id) {
    const auto rows = coordinator.query(statement::kBackgroundJob, {std::to_string(id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return parse_job(id, "finished", "{}");  // somebody tidied pg_dist_background_job up
    }
    return parse_job(id, rows->at(0, 0), rows->at(0, 1));
}

SqlResult<void> stop_moves(Session& coordinator) {
    const auto rows = coordinator.query(statement::kStopMoves);
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
