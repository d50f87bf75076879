#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

namespace {

// Any node that has the cluster's secret can announce many: what is told of them has an end.
constexpr std::size_t kMostTold = 20;
constexpr std::size_t kLongestReason = 1500;

std::string bounded(const std::string& reason) {
    return reason.size() <= kLongestReason ? reason : reason.substr(0, kLongestReason) + "...";
}

std::string and_more(std::size_t count) {
    return fmt::format("and {} more, see citus_init.node_state", count);
}

std::string found_text(const NodeReport& node) {
    return fmt::format("{} ({}): {}", node.address.text(),
                       node.node_class ? node_class_name(*node.node_class) : state_name(node.state),
                       bounded(node.reason));
}

}  // namespace

const char* state_name(NodeState state) {
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

const char* action_name(ActionKind kind) {
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
    std::size_t troubled = 0;
    for (const auto& node : plan.nodes) {
        desired += node.desired ? 1U : 0U;
        registered += node.desired && node.node_id != 0 ? 1U : 0U;
        if (node.node_class && !node.reason.empty()) {
            troubles += troubled < kMostTold ? "; " + one_line(found_text(node)) : "";
            ++troubled;
        }
    }
    if (troubled > kMostTold) {
        troubles += "; " + and_more(troubled - kMostTold);
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
    if (warnings.size() > kMostTold) {
        const std::size_t rest = warnings.size() - kMostTold;
        warnings.resize(kMostTold);
        warnings.push_back("worker warnings: " + and_more(rest));
    }
    return warnings;
}

}  // namespace citus_init::citus
