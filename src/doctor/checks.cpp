#include "citus_init/doctor/checks.h"

#include <algorithm>
#include <utility>

namespace citus_init::doctor {

void Report::add(const NodeFacts& node, std::string what, std::string fix,
                 std::optional<Repair> repair) {
    findings_.push_back({check_.severity, std::string(check_.id), node.name, std::move(what),
                         std::string(check_.why), std::move(fix), std::move(repair)});
}

void Report::add(std::string subject, std::string what, std::string fix) {
    findings_.push_back({check_.severity, std::string(check_.id), std::move(subject),
                         std::move(what), std::string(check_.why), std::move(fix), std::nullopt});
}

const Check* find_check(std::string_view id) {
    const auto checks = all_checks();
    const auto found =
        std::find_if(checks.begin(), checks.end(), [&](const Check& row) { return row.id == id; });
    return found == checks.end() ? nullptr : &*found;
}

std::vector<Finding> run_checks(const ClusterFacts& cluster, const std::vector<std::string>& ids) {
    std::vector<Finding> findings;
    for (const Check& check : all_checks()) {
        if (ids.empty() || std::find(ids.begin(), ids.end(), check.id) != ids.end()) {
            Report report(check, findings);
            check.find(cluster, report);
        }
    }
    std::stable_sort(
        findings.begin(), findings.end(),
        [](const Finding& left, const Finding& right) { return left.severity > right.severity; });
    return findings;
}

}  // namespace citus_init::doctor
