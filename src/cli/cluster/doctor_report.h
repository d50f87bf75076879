#pragma once

#include <string>
#include <vector>

#include "citus_init/doctor/finding.h"
#include "citus_init/doctor/node_facts.h"

namespace citus_init::cli {

// For people: a line for each finding, columns aligned; below, for each check, why it matters and
// what mends it; how much it is at last.
std::string doctor_text(const std::vector<doctor::NodeFacts>& nodes,
                        const std::vector<doctor::Finding>& findings);

// For programs: an object with the nodes and the findings.
std::string doctor_json(const std::vector<doctor::NodeFacts>& nodes,
                        const std::vector<doctor::Finding>& findings);

// What `--fix` runs, each once: "c1:5432: CALL ...".
std::vector<doctor::Repair> repairs_of(const std::vector<doctor::Finding>& findings);

}  // namespace citus_init::cli
