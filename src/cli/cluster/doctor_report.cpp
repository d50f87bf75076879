#include "cli/cluster/doctor_report.h"

#include <algorithm>
#include <string_view>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

#include "cli/verbs/table.h"

namespace citus_init::cli {

namespace {

using doctor::Finding;
using doctor::NodeFacts;
using doctor::Repair;
using doctor::Severity;

long count_of(const std::vector<Finding>& findings, Severity severity) {
    return std::count_if(findings.begin(), findings.end(), [severity](const Finding& finding) {
        return finding.severity == severity;
    });
}

std::string counted(long count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string summary(const std::vector<NodeFacts>& nodes, const std::vector<Finding>& findings) {
    std::string text =
        fmt::format("{}, {}, {} on {}", counted(count_of(findings, Severity::error), "error"),
                    counted(count_of(findings, Severity::warning), "warning"),
                    counted(count_of(findings, Severity::note), "note"),
                    counted(static_cast<long>(nodes.size()), "node"));
    const auto repairs = repairs_of(findings).size();
    if (repairs > 0) {
        text += fmt::format("; `citus-init doctor --fix` runs {}",
                            counted(static_cast<long>(repairs), "statement"));
    }
    return text + "\n";
}

// Findings of one check stand together: why once, a line for each node.
std::string explanations(const std::vector<Finding>& findings) {
    std::string text;
    std::string_view last;
    for (const Finding& finding : findings) {
        if (finding.check != last) {
            text += fmt::format("\n{}: {}\n", finding.check, finding.why);
            last = finding.check;
        }
        text += fmt::format("  {}: {}\n", finding.node, finding.fix);
    }
    return text;
}

}  // namespace

std::string doctor_text(const std::vector<NodeFacts>& nodes, const std::vector<Finding>& findings) {
    if (findings.empty()) {
        return "nothing found: " + summary(nodes, findings);
    }
    std::vector<std::vector<std::string>> rows{{"SEVERITY", "NODE", "CHECK", "FINDING"}};
    for (const Finding& finding : findings) {
        rows.push_back(
            {severity_name(finding.severity), finding.node, finding.check, one_line(finding.what)});
    }
    return table_text(rows) + explanations(findings) + "\n" + summary(nodes, findings);
}

std::string doctor_json(const std::vector<NodeFacts>& nodes, const std::vector<Finding>& findings) {
    nlohmann::ordered_json json;
    json["nodes"] = nlohmann::ordered_json::array();
    for (const NodeFacts& node : nodes) {
        const bool is_coordinator = node.member ? node.member->group == 0 : node.is_coordinator;
        json["nodes"].push_back({{"node", node.name},
                                 {"role", is_coordinator ? "coordinator" : "worker"},
                                 {"standby", node.is_standby},
                                 {"answers", node.trouble.empty()}});
    }
    json["findings"] = nlohmann::ordered_json::array();
    for (const Finding& finding : findings) {
        nlohmann::ordered_json object{{"severity", severity_name(finding.severity)},
                                      {"node", finding.node},
                                      {"check", finding.check},
                                      {"what", finding.what},
                                      {"why", finding.why},
                                      {"fix", finding.fix},
                                      {"repair", nullptr}};
        if (finding.repair) {
            object["repair"] = {{"node", finding.repair->node},
                                {"statement", finding.repair->statement}};
        }
        json["findings"].push_back(std::move(object));
    }
    return json_text(json);
}

std::vector<Repair> repairs_of(const std::vector<Finding>& findings) {
    std::vector<Repair> repairs;
    for (const Finding& finding : findings) {
        if (finding.repair &&
            std::find(repairs.begin(), repairs.end(), *finding.repair) == repairs.end()) {
            repairs.push_back(*finding.repair);
        }
    }
    return repairs;
}

}  // namespace citus_init::cli
