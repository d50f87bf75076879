#include "cli/cluster/plan_text.h"

#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string found(const citus::NodeReport& node) {
    return node.node_class ? citus::node_class_name(*node.node_class) : "";
}

Json node_object(const citus::NodeReport& node) {
    return {{"address", node.address.text()},
            {"state", citus::state_name(node.state)},
            {"found", found(node)},
            {"reason", node.reason},
            {"desired", node.desired},
            {"node_id", node.node_id},
            {"group_id", node.group_id},
            {"system_identifier", node.identity ? node.identity->system_identifier : ""},
            {"server_id", node.identity ? node.identity->server_id : ""},
            {"shards", node.stakes.shards},
            {"tables", node.stakes.tables}};
}

}  // namespace

std::string plan_text(const citus::Plan& plan) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& node : plan.nodes) {
        rows.push_back({node.address.text(), citus::state_name(node.state), found(node),
                        one_line(node.reason)});
    }
    std::string text = table_text(rows);
    if (!plan.stopped.empty()) {
        return text + "nothing is done: " + plan.stopped + "\n";
    }
    for (const auto& action : plan.actions) {
        text += fmt::format("would {} {}: {}\n", citus::action_name(action.kind),
                            action.address.text(), one_line(action.reason));
    }
    return plan.actions.empty() ? text + "nothing to do\n" : text;
}

std::string plan_json(const citus::Plan& plan) {
    Json actions = Json::array();
    for (const auto& action : plan.actions) {
        actions.push_back({{"action", citus::action_name(action.kind)},
                           {"address", action.address.text()},
                           {"reason", action.reason}});
    }
    Json nodes = Json::array();
    for (const auto& node : plan.nodes) {
        nodes.push_back(node_object(node));
    }
    const Json object{{"stopped", plan.stopped}, {"actions", actions}, {"nodes", nodes}};
    return json_text(object);
}

}  // namespace citus_init::cli
