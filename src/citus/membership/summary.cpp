#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

namespace {

std::string found_text(const NodeReport& node) {
    return fmt::format("{} ({}): {}", node.address.text(),
                       node.standing ? standing_word(*node.standing) : state_word(node.state),
                       node.reason);
}

}  // namespace

const char* state_word(NodeState state) {
    switch (state) {
        case NodeState::absent:
            return "absent";
        case NodeState::unreachable:
            return "unreachable";
        case NodeState::not_ready:
            return "not ready";
        case NodeState::adding:
            return "adding";
        case NodeState::active:
            return "active";
        case NodeState::suspect:
            return "suspect";
        case NodeState::moving:
            return "moving";
        case NodeState::resync:
            return "resync";
        case NodeState::lost:
            return "lost";
        case NodeState::blocked:
            return "blocked";
    }
    return "unknown";
}

const char* action_word(ActionKind kind) {
    switch (kind) {
        case ActionKind::record_identity:
            return "record";
        case ActionKind::update_address:
            return "follow";
        case ActionKind::set_coordinator_address:
            return "name coordinator";
        case ActionKind::resync:
            return "resync";
        case ActionKind::add_node:
            return "add";
        case ActionKind::finish_upgrade:
            return "finish upgrade";
    }
    return "unknown";
}

std::string status_line(const Plan& plan) {
    std::size_t desired = 0;
    std::size_t registered = 0;
    std::string troubles;
    for (const auto& node : plan.nodes) {
        desired += node.desired ? 1U : 0U;
        registered += node.desired && node.node_id != 0 ? 1U : 0U;
        if (node.standing && !node.reason.empty()) {
            troubles += "; " + one_line(found_text(node));
        }
    }
    std::string line = fmt::format("{} of {} workers registered", registered, desired);
    line += plan.stopped.empty() ? troubles : "; " + plan.stopped;
    return plan.observing.empty() ? line : line + "; only looking: " + plan.observing;
}

std::vector<std::string> new_warnings(const std::vector<NodeReport>& nodes,
                                      const std::string& stopped, Memory& memory) {
    std::vector<std::string> warnings;
    if (memory.stopped_warned != stopped) {
        memory.stopped_warned = stopped;
        if (!stopped.empty()) {
            warnings.push_back(stopped);
        }
    }
    for (const auto& node : nodes) {
        const auto known = memory.nodes.find(node.address);
        if (known == memory.nodes.end() || !stopped.empty()) {
            continue;
        }
        const std::string warning =
            node.alarm && !node.reason.empty() ? "worker " + found_text(node) : std::string{};
        // A cause that is not worth a warning yet does not make the old one new.
        if (!node.reason.empty() && warning.empty()) {
            continue;
        }
        if (known->second.warned != warning) {
            known->second.warned = warning;
            if (!warning.empty()) {
                warnings.push_back(warning);
            }
        }
    }
    return warnings;
}

}  // namespace citus_init::citus
