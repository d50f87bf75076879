#include "app/operations/node_table.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "app/operations/move_progress.h"

namespace citus_init::app {

namespace {

using Row = std::array<std::string, 6>;

const char* role_word(const citus::RegisteredNode& node) {
    return node.group_id == 0 ? "coordinator" : "worker";
}

// What pg_dist_node says; whether the node answers is another matter.
const char* state_word(const citus::RegisteredNode& node) {
    if (!node.active) {
        return "disabled";
    }
    if (!node.metadata_synced) {
        return "out of sync";
    }
    return node.should_have_shards || node.group_id == 0 ? "active" : "drained";
}

Row row_of(const citus::NodeListing& listing) {
    return {listing.node.address.text(),           role_word(listing.node),
            std::to_string(listing.node.group_id), state_word(listing.node),
            std::to_string(listing.shards),        listing.bytes ? size_text(*listing.bytes) : "?"};
}

}  // namespace

std::string node_table(const std::vector<citus::NodeListing>& nodes) {
    std::vector<Row> rows{{"NODE", "ROLE", "GROUP", "STATE", "SHARDS", "SIZE"}};
    std::transform(nodes.begin(), nodes.end(), std::back_inserter(rows), row_of);
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const Row& row : rows) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t column = 0; column + 1 < row.size(); ++column) {
            text += fmt::format("{:<{}}  ", row[column], widths[column]);
        }
        text += row.back() + "\n";
    }
    return text;
}

std::string node_json(const std::vector<citus::NodeListing>& nodes) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const auto& listing : nodes) {
        nlohmann::ordered_json object;
        object["host"] = listing.node.address.host;
        object["port"] = listing.node.address.port;
        object["role"] = role_word(listing.node);
        object["node_id"] = listing.node.node_id;
        object["group_id"] = listing.node.group_id;
        object["state"] = state_word(listing.node);
        object["active"] = listing.node.active;
        object["metadata_synced"] = listing.node.metadata_synced;
        object["should_have_shards"] = listing.node.should_have_shards;
        object["shards"] = listing.shards;
        object["bytes"] = listing.bytes ? nlohmann::ordered_json(*listing.bytes)
                                        : nlohmann::ordered_json(nullptr);
        array.push_back(std::move(object));
    }
    return array.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace citus_init::app
