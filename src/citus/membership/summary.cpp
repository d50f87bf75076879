#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

namespace {

// Any node that has the cluster's secret can announce many: what is said of them is bounded.
constexpr std::size_t kMostFindings = 20;
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

WorkersSummary summarize(const Plan& plan) {
    WorkersSummary summary;
    for (const auto& node : plan.nodes) {
        summary.desired += node.desired ? 1 : 0;
        summary.registered += node.desired && node.node_id != 0 ? 1 : 0;
        summary.active += node.desired && takes_part(node.state) ? 1 : 0;
        if (!node.node_class || node.reason.empty()) {
            continue;
        }
        if (summary.findings.size() == kMostFindings) {
            ++summary.more_findings;
        } else {
            summary.findings.push_back({node.address, state_name(node.state),
                                        node_class_name(*node.node_class),
                                        one_line(bounded(node.reason))});
        }
    }
    summary.stopped = plan.stopped;
    summary.observing = plan.observing;
    return summary;
}

std::string to_string(const WorkersSummary& summary) {
    std::string line =
        fmt::format("{} of {} workers registered", summary.registered, summary.desired);
    if (!summary.stopped.empty()) {
        line += "; " + summary.stopped;
    } else {
        for (const auto& finding : summary.findings) {
            line += fmt::format("; {} ({}): {}", finding.address.text(), finding.node_class,
                                finding.reason);
        }
        if (summary.more_findings > 0) {
            line += "; " + and_more(static_cast<std::size_t>(summary.more_findings));
        }
    }
    return summary.observing.empty() ? line : line + "; observing only: " + summary.observing;
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
    if (warnings.size() > kMostFindings) {
        const std::size_t rest = warnings.size() - kMostFindings;
        warnings.resize(kMostFindings);
        warnings.push_back("worker warnings: " + and_more(rest));
    }
    return warnings;
}

}  // namespace citus_init::citus
