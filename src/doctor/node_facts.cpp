#include "citus_init/doctor/node_facts.h"

#include <algorithm>
#include <cstdlib>

namespace citus_init::doctor {

std::string SettingFacts::text(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
}

std::optional<double> SettingFacts::number(std::string_view name) const {
    const auto found = values.find(name);
    if (found == values.end()) {
        return std::nullopt;
    }
    char* end = nullptr;
    const double number = std::strtod(found->second.c_str(), &end);
    return end == found->second.c_str() || *end != '\0' ? std::nullopt : std::optional(number);
}

bool SettingFacts::is_off(std::string_view name) const {
    return text(name) == "off";
}

namespace {

template <typename Condition>
const NodeFacts* find_node(const std::vector<NodeFacts>& nodes, const Condition& condition) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), condition);
    return found == nodes.end() ? nullptr : &*found;
}

}  // namespace

const NodeFacts* ClusterFacts::coordinator() const {
    return find_node(nodes, [](const NodeFacts& node) {
        return node.is_coordinator && node.trouble.empty() && node.server;
    });
}

const NodeFacts* ClusterFacts::reference() const {
    const NodeFacts* leading = coordinator();
    return leading != nullptr ? leading : find_node(nodes, [](const NodeFacts& node) {
        return node.trouble.empty() && node.server;
    });
}

const NodeFacts* ClusterFacts::own() const {
    return find_node(nodes, [](const NodeFacts& node) { return node.is_own; });
}

}  // namespace citus_init::doctor
