#include "app/operations/node_table.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "app/operations/move_progress.h"
#include "app/verbs/health_verb.h"

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

namespace {

nlohmann::ordered_json array_of(const std::vector<citus::NodeListing>& nodes) {
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
    return array;
}

std::string text_of(const nlohmann::ordered_json& json) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string node_json(const std::vector<citus::NodeListing>& nodes) {
    return text_of(array_of(nodes));
}

std::string status_text(const ClusterStatus& status) {
    std::string text = health_text(status.node) + "\n";
    text += status.trouble.empty() ? "\n" + node_table(status.nodes) : status.trouble + "\n";
    if (status.moves) {
        text += fmt::format("\nshards are moving: job {} is {}, {} of {} moves done\n",
                            status.moves->id, status.moves->state, status.moves->done,
                            status.moves->total);
    }
    return text;
}

std::string status_json(const ClusterStatus& status) {
    nlohmann::ordered_json json;
    json["node"] = nlohmann::ordered_json::parse(health::to_json(status.node));
    json["nodes"] = array_of(status.nodes);
    json["trouble"] = status.trouble;
    json["moves"] = nullptr;
    if (status.moves) {
        json["moves"] = {{"job", status.moves->id},
                         {"state", status.moves->state},
                         {"done", status.moves->done},
                         {"total", status.moves->total}};
    }
    return text_of(json);
}

}  // namespace citus_init::app
