#pragma once

#include <optional>
#include <string>
#include <vector>

namespace citus_init::doctor {

enum class Severity {
    note,     // worth knowing, may be intended
    warning,  // will hurt under load, at a failure, or later
    error,    // hurts now, or loses data
};

// "warning"
const char* severity_name(Severity severity);

// A statement that is safe to be run without an operator: what Citus or PostgreSQL does by itself
// sooner or later. Never one that touches a user's data.
struct Repair {
    std::string node;       // where: "c1:5432"
    std::string statement;  // in the Citus database, outside of a transaction block
    bool operator==(const Repair&) const = default;
};

// One thing that is wrong with a node, or between nodes.
struct Finding {
    Severity severity = Severity::warning;
    std::string check;               // the id of its row in the table of checks
    std::string node;                // "w1:5432"
    std::string what;                // with the values and numbers that were read; never a secret
    std::string why;                 // why it matters, the same for all findings of a check
    std::string fix;                 // the command or setting that mends it
    std::optional<Repair> repair{};  // what `doctor --fix` does about it
    bool operator==(const Finding&) const = default;
};

// 0: nothing but notes; 1: warnings; 2: errors.
int exit_status(const std::vector<Finding>& findings);

}  // namespace citus_init::doctor
