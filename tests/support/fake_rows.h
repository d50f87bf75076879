#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_cluster.h"

namespace citus_init::test {

// What a node answers about itself, a value per column.
using FakeRow = std::vector<std::optional<std::string>>;

inline std::string boolean(bool value) {
    return value ? "t" : "f";
}

inline std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

inline FakeRow server_facts_row(const FakeNode& node) {
    return {boolean(node.in_recovery),
            boolean(node.superuser),
            "150020",
            node.encoding,
            node.preload,
            std::nullopt,
            or_null(node.extension),
            or_null(node.available),
            or_null(node.columnar_extension),
            or_null(node.columnar_available),
            node.system_identifier,
            node.started_at,
            std::to_string(node.wal.timeline),
            std::to_string(node.wal.lsn),
            std::nullopt,
            node.is_copied_directory ? std::optional<std::string>("copied") : std::nullopt};
}

inline int greatest_node(const FakeNode& node) {
    int greatest = 0;
    for (const auto& row : node.rows) {
        greatest = std::max(greatest, row.node_id);
    }
    return greatest;
}

inline FakeRow membership_facts_row(const FakeNode& node) {
    std::optional<std::string> coordinator;
    for (const auto& row : node.rows) {
        if (row.group_id == 0) {
            coordinator = row.address.text();
        }
    }
    return {std::to_string(node.group_id),
            std::to_string(node.rows.size()),
            coordinator,
            node.server_id,
            node.last_upgrade,
            std::to_string(node.distributed_tables),
            std::to_string(node.user_relations),
            std::to_string(node.greatest_shard),
            std::to_string(greatest_node(node)),
            boolean(node.upgrade_is_unfinished)};
}

inline FakeRow node_row(const RegisteredNode& row) {
    return {std::to_string(row.node_id),      std::to_string(row.group_id),   row.address.host,
            std::to_string(row.address.port), boolean(row.has_metadata),      boolean(row.active),
            boolean(row.metadata_synced),     boolean(row.should_have_shards)};
}

inline std::string fake_run(const FakeNode& node) {
    return node.system_identifier + " " + node.server_id + " " + node.started_at + " " +
           (node.in_recovery ? "true" : "false");
}

// Whom a node reaches at the address that it has for the coordinator.
inline citus::Rows fake_leader(const FakeCluster& cluster, const FakeNode& node) {
    for (const auto& row : node.rows) {
        if (row.group_id == 0) {
            const bool there = cluster.answers(row.address);
            return {{FakeRow{row.address.host, std::to_string(row.address.port), boolean(there),
                             there ? fake_run(*cluster.find(row.address)) : "failed"}}};
        }
    }
    return {};
}

}  // namespace citus_init::test
