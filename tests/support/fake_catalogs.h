#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/text.h"

#include "citus/statements.h"
#include "support/fake_cluster.h"

namespace citus_init::test {

using citus::Rows;

// The statements about citus_init.node, on a coordinator.
inline SqlResult<Rows> answer_records(FakeNode& node, const std::string& sql,
                                      const std::vector<std::string>& parameters) {
    namespace statement = citus::statement;
    auto& records = node.records;
    Rows rows;
    if (sql == statement::kRecords) {
        for (const auto& [node_id, record] : records) {
            rows.values.push_back({std::to_string(node_id), std::to_string(record.group_id),
                                   record.address.host, std::to_string(record.address.port),
                                   record.identity.system_identifier, record.identity.server_id,
                                   record.removed_start, std::to_string(record.furthest.timeline),
                                   std::to_string(record.furthest.lsn), record.copy_seen,
                                   std::to_string(record.behind_lsn)});
        }
    } else if (sql == statement::kNotePosition) {
        const auto known = records.find(std::stoi(parameters.at(0)));
        if (known != records.end()) {
            known->second.furthest = {std::stoi(parameters.at(1)), std::stoull(parameters.at(2))};
            known->second.behind_lsn = 0;
        }
    } else if (sql == statement::kNoteBehind) {
        const auto known = records.find(std::stoi(parameters.at(0)));
        if (known != records.end() && known->second.furthest.is_known()) {
            known->second.behind_lsn = std::stoull(parameters.at(1));
        }
    } else if (sql == statement::kNoteCopy) {
        const auto known = records.find(std::stoi(parameters.at(0)));
        if (known != records.end()) {
            known->second.copy_seen = parameters.at(1);
        }
    } else if (sql == statement::kForgetRecord) {
        const citus::Identity identity{parameters.at(1), parameters.at(2)};
        std::erase_if(records, [&](const auto& entry) {
            return entry.first != std::stoi(parameters.at(0)) && entry.second.identity == identity;
        });
    } else if (sql == statement::kForgetNode) {
        records.erase(std::stoi(parameters.at(0)));
    } else {
        const int node_id = std::stoi(parameters.at(0));
        records[node_id] = {
            node_id,
            std::stoi(parameters.at(1)),
            {parameters.at(2), static_cast<std::uint16_t>(std::stoi(parameters.at(3)))},
            {parameters.at(4), parameters.at(5)},
            parameters.at(6)};
    }
    return rows;
}

// The statements about shards. An array of names is written with a comma behind each.
inline SqlResult<Rows> answer_shards(FakeNode& node, const std::string& sql,
                                     const std::vector<std::string>& parameters) {
    namespace statement = citus::statement;
    Rows rows;
    if (sql == statement::kStakes) {
        for (const auto& [group_id, shards] : node.placements) {
            rows.values.push_back({std::to_string(group_id), std::to_string(shards.size()), "1"});
        }
    } else if (sql == statement::kStoredTables) {
        rows.values.push_back({std::to_string(node.shards.size()), node.shards.empty() ? "" : "t",
                               std::to_string(node.user_relations)});
    } else if (sql == statement::kShardNames) {
        std::string names;
        const auto& shards = node.placements[std::stoi(parameters.at(0))];
        for (const auto& shard : shards) {
            names += shard + ",";
        }
        rows.values.push_back({std::to_string(shards.size()), names});
    } else {
        long missing = 0;
        for (const auto& name : split(parameters.at(0), ',')) {
            missing += !name.empty() && !node.shards.contains(name) ? 1 : 0;
        }
        rows.values.push_back({std::to_string(missing)});
    }
    return rows;
}

}  // namespace citus_init::test
