#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/text.h"

#include "citus/join_statements.h"
#include "citus/operations/shard_move_statements.h"
#include "support/fake_cluster.h"

namespace citus_init::test {

using citus::Rows;

inline Rows one_value(std::optional<std::string> value) {
    return Rows{{{std::move(value)}}};
}

inline SqlResult<Rows> start_moves(FakeMoves& moves) {
    if (!moves.wanted) {
        return one_value(std::nullopt);
    }
    moves.job_state = "running";
    return one_value(std::to_string(++moves.last_job));
}

// The statements about background moves and who joined, on a coordinator; none: it is no such.
inline std::optional<SqlResult<Rows>> answer_moves(FakeMoves& moves, const std::string& sql,
                                                   const std::vector<std::string>& parameters) {
    namespace statement = citus::statement;
    if (sql == statement::kMakeJoined || sql == statement::kHasJoined) {
        moves.has_joined = moves.has_joined || sql == statement::kMakeJoined;
        return one_value(moves.has_joined ? "t" : "f");
    }
    if (sql == statement::kNoteJoined) {
        moves.joined.insert(parameters.at(0));
        return Rows{};
    }
    if (sql == statement::kJoined) {
        Rows rows;
        for (const auto& node_id : moves.joined) {
            rows.values.push_back({node_id});
        }
        return rows;
    }
    if (sql == statement::kSettleJoined) {
        const std::string& ids = parameters.at(0);
        for (const auto& node_id : split(ids.substr(1, ids.size() - 2), ',')) {
            moves.joined.erase(node_id);
        }
        return Rows{};
    }
    if (sql == statement::kUnfinishedJob) {
        return moves.job_state == "running" ? one_value(std::to_string(moves.last_job)) : Rows{};
    }
    if (sql == statement::kHasMoves) {
        return one_value(moves.wanted ? "t" : "f");
    }
    if (sql == statement::kNodesWithoutLogicalDecoding) {
        return Rows{};
    }
    if (sql == statement::kTablesWithoutIdentity) {
        return moves.plain_table.empty() ? Rows{} : one_value(moves.plain_table);
    }
    if (sql == statement::kStartMoves) {
        return start_moves(moves);
    }
    if (sql == statement::kBackgroundJob) {
        return Rows{{{moves.job_state, moves.job_details}}};
    }
    return std::nullopt;
}

}  // namespace citus_init::test
