#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/doctor/finding.h"
#include "citus_init/doctor/node_facts.h"

namespace citus_init::doctor {

struct Check;

// Takes what a check finds.
class Report {
  public:
    Report(const Check& check, std::vector<Finding>& findings)
        : check_(check), findings_(findings) {}

    void add(const NodeFacts& node, std::string what, std::string fix,
             std::optional<Repair> repair = std::nullopt);
    // Of a group, or another subject that is no node: "group 1".
    void add(std::string subject, std::string what, std::string fix);

  private:
    const Check& check_;
    std::vector<Finding>& findings_;
};

// A row of the table of checks. `find` is pure, and silent about what was not read.
struct Check {
    std::string_view subject;  // "Connections"; rows of one stand together
    std::string_view id;       // "pool-over-worker"
    Severity severity;         // of all its findings
    std::string_view title;
    std::string_view why;
    void (*find)(const ClusterFacts& cluster, Report& report);
    bool keeps_out = false;  // a worker that it is found on is not added: doctor/newcomer.h
};

// All of them, in the order of their report.
std::span<const Check> all_checks();

// nullptr for an unknown id.
const Check* find_check(std::string_view id);

// The findings of these checks (none: of all), errors first, otherwise in the order of the table
// and of the nodes.
std::vector<Finding> run_checks(const ClusterFacts& cluster, const std::vector<std::string>& ids);

// docs/doctor.md, made from the table.
std::string reference_markdown();

}  // namespace citus_init::doctor
