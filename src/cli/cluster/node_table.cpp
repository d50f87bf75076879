#include "cli/cluster/node_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/duration.h"
#include "citus_init/base/json_fields.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/membership/memory.h"

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

using Row = std::vector<std::string>;

bool is_registered(const citus::NodeListing& listing) {
    return listing.node.node_id != 0;
}

const char* role_name(const citus::NodeListing& listing) {
    return is_registered(listing) && listing.node.group_id == 0 ? "coordinator" : "worker";
}

// What pg_dist_node says, unless the agent has found something worse than that.
std::string state_text(const citus::NodeListing& listing) {
    const auto& node = listing.node;
    const auto& found = listing.found;
    if (!is_registered(listing)) {
        return found ? found->state : "unknown";
    }
    if (!node.active) {
        return "disabled";
    }
    if (found && found->state != citus::state_name(citus::NodeState::active)) {
        return found->state;
    }
    if (!node.metadata_synced) {
        return "out of sync";
    }
    return node.should_have_shards || node.group_id == 0 ? "active" : "drained";
}

// In short: what the agent takes the server there for, where it has reported something of it.
std::string why_name(const citus::NodeListing& listing) {
    const auto& found = listing.found;
    if (!found || found->reason.empty()) {
        return "";
    }
    return is_registered(listing) && !found->desired ? "not wanted" : found->node_class;
}

// The beginning of what CREATE EXTENSION drew, the end of what initdb made of the time.
std::string short_identity(const citus::Identity& identity) {
    constexpr std::size_t kHead = 8;
    constexpr std::size_t kTail = 4;
    const auto& system = identity.system_identifier;
    return identity.server_id.substr(0, kHead) + "/" +
           system.substr(system.size() - std::min(kTail, system.size()));
}

// An empty cell would shift those behind it for whoever splits at blanks.
std::string or_dash(std::string text) {
    return text.empty() ? "-" : std::move(text);
}

Row row_of_node(const citus::NodeListing& listing) {
    const bool registered = is_registered(listing);
    return {listing.node.address.text(),
            role_name(listing),
            registered ? std::to_string(listing.node.group_id) : "-",
            state_text(listing),
            or_dash(why_name(listing)),
            listing.found ? rough_duration_text(listing.found->age) : "-",
            listing.identity ? short_identity(*listing.identity) : "-",
            registered ? std::to_string(listing.shards) : "-",
            !registered     ? "-"
            : listing.bytes ? size_text(*listing.bytes)
                            : "?"};
}

// Below the table, since a reason has the fix, too, and nothing of it is to be cut off.
std::string reasons_text(const std::vector<citus::NodeListing>& nodes) {
    std::string text;
    for (const auto& listing : nodes) {
        if (listing.found && !listing.found->reason.empty()) {
            text += fmt::format("{}{}: {}\n", text.empty() ? "\n" : "", listing.node.address.text(),
                                one_line(listing.found->reason));
        }
    }
    return text;
}

}  // namespace

std::string node_table(const std::vector<citus::NodeListing>& nodes) {
    std::vector<Row> rows{
        {"NODE", "ROLE", "GROUP", "STATE", "WHY", "SINCE", "IDENTITY", "SHARDS", "SIZE"}};
    std::transform(nodes.begin(), nodes.end(), std::back_inserter(rows), row_of_node);
    return table_text(rows) + reasons_text(nodes);
}

namespace {

nlohmann::ordered_json identity_of(const citus::NodeListing& listing) {
    nlohmann::ordered_json identity = nullptr;
    if (listing.identity) {
        identity = {{"system_identifier", listing.identity->system_identifier},
                    {"server_id", listing.identity->server_id}};
    }
    return identity;
}

// All null where the coordinator reports nothing of it.
void add_found(nlohmann::ordered_json& object, const std::optional<citus::FoundState>& found) {
    for (const char* key : {"why", "reason", "since", "desired"}) {
        object[key] = nullptr;
    }
    if (found) {
        object["why"] = found->node_class;
        object["reason"] = found->reason;
        object["since"] = found->since;
        object["desired"] = found->desired;
    }
}

nlohmann::ordered_json array_of(const std::vector<citus::NodeListing>& nodes) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const auto& listing : nodes) {
        const bool registered = is_registered(listing);
        const auto if_registered = [&](const auto& value) {
            return registered ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
        };
        nlohmann::ordered_json object;
        object["host"] = listing.node.address.host;
        object["port"] = listing.node.address.port;
        object["role"] = role_name(listing);
        object["registered"] = registered;
        object["node_id"] = if_registered(listing.node.node_id);
        object["group_id"] = if_registered(listing.node.group_id);
        object["state"] = state_text(listing);
        add_found(object, listing.found);
        object["identity"] = identity_of(listing);
        object["active"] = listing.node.active;
        object["metadata_synced"] = listing.node.metadata_synced;
        object["should_have_shards"] = listing.node.should_have_shards;
        object["shards"] = if_registered(listing.shards);
        object["bytes"] = registered && listing.bytes ? nlohmann::ordered_json(*listing.bytes)
                                                      : nlohmann::ordered_json(nullptr);
        array.push_back(std::move(object));
    }
    return array;
}

template <typename Value>
nlohmann::ordered_json if_known(const std::optional<Value>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json object_of(const agent::GroupListing& listing) {
    nlohmann::ordered_json object;
    object["group"] = listing.group;
    object["paused"] = listing.members && listing.members->paused;
    object["trouble"] = listing.trouble;
    object["members"] = nlohmann::ordered_json::array();
    for (const auto& member :
         listing.members ? listing.members->members : std::vector<ha::GroupMember>()) {
        object["members"].push_back({{"name", member.name},
                                     {"place", ha::place_name(member.place)},
                                     {"state", member.state},
                                     {"host", member.host},
                                     {"port", member.port},
                                     {"timeline", if_known(member.timeline)},
                                     {"lag", if_known(member.lag)},
                                     {"restart_pending", member.restart_pending}});
    }
    return object;
}

void add_groups(nlohmann::ordered_json& json, const agent::GroupsStatus& status) {
    json["groups"] = nlohmann::ordered_json::array();
    for (const agent::GroupListing& listing : status.groups) {
        json["groups"].push_back(object_of(listing));
    }
    json["findings"] = nlohmann::ordered_json::array();
    for (const ha::Finding& finding : status.findings) {
        json["findings"].push_back({{"what", finding.what}, {"fix", finding.fix}});
    }
}

// What a node knows beyond the coordinator would be lost by a sync of the metadata.
std::string metadata_advice(const std::vector<citus::RowDifference>& differences) {
    const bool is_older = std::any_of(
        differences.begin(), differences.end(), [](const citus::RowDifference& difference) {
            return difference.is_metadata && difference.found > difference.expected;
        });
    return is_older ? "A node knows more than the coordinator, whose data may be older (a restored "
                      "backup?). Put the coordinator's newest data directory back. Call neither "
                      "start_metadata_sync_to_all_nodes() nor citus_activate_node() before: the "
                      "nodes would forget what they alone know"
                    : "SELECT start_metadata_sync_to_all_nodes() on the coordinator gives the "
                      "nodes its metadata anew";
}

std::string difference_text(const citus::RowDifference& difference,
                            const std::string& metadata_advice) {
    return fmt::format(
        "degraded: {}{} has {} rows on {} and {} on the coordinator\n  {}\n",
        difference.is_metadata ? "" : "the reference table ", difference.relation, difference.found,
        difference.node, difference.expected,
        difference.is_metadata
            ? metadata_advice
            : fmt::format("Compare its rows on both. Where the coordinator's are right, in one "
                          "transaction there: SELECT undistribute_table('{0}'); SELECT "
                          "create_reference_table('{0}')",
                          difference.relation));
}

nlohmann::ordered_json array_of(const std::vector<citus::RowDifference>& differences) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const auto& difference : differences) {
        array.push_back({{"relation", difference.relation},
                         {"node", difference.node},
                         {"rows", difference.found},
                         {"rows_on_coordinator", difference.expected}});
    }
    return array;
}

}  // namespace

std::string node_json(const std::vector<citus::NodeListing>& nodes) {
    return json_text(array_of(nodes));
}

std::string status_text(const ClusterStatus& status) {
    std::string text = text_of(status.node) + "\n";
    text += status.trouble.empty() ? "\n" + node_table(status.nodes) : status.trouble + "\n";
    if (status.groups) {
        text += "\n" + groups_text(*status.groups);
    }
    const std::string advice = metadata_advice(status.differences);
    for (const auto& difference : status.differences) {
        text += difference_text(difference, advice);
    }
    if (status.moves) {
        text += fmt::format("\nshards are moving: job {} is {}, {} of {} steps done\n",
                            status.moves->id, status.moves->state, status.moves->done,
                            status.moves->total);
    }
    return text;
}

std::string status_json(const ClusterStatus& status) {
    nlohmann::ordered_json json;
    json["node"] = nlohmann::ordered_json::parse(to_json_with_texts(status.node));
    json["nodes"] = array_of(status.nodes);
    json["trouble"] = status.trouble;
    json["differences"] = array_of(status.differences);
    json["moves"] = nullptr;
    if (status.moves) {
        json["moves"] = {{"job", status.moves->id},
                         {"state", status.moves->state},
                         {"done", status.moves->done},
                         {"total", status.moves->total}};
    }
    json["groups"] = nullptr;
    json["findings"] = nullptr;
    if (status.groups) {
        add_groups(json, *status.groups);
    }
    return json_text(json);
}

}  // namespace citus_init::cli
