#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace citus_init::settings {

// One thing that is wrong, or doubtful, with a setting. Control characters are escaped and long
// values cut, so that every part can go to a log as it is; a secret is in none of them.
struct Problem {
    std::string variable;  // where the user wrote it: "CITUS_ROLE", "citus.role in FILE, line 3"
    std::string value;     // shown in quotes; "" for a secret, a file's content, or where none is
    std::string reason;    // goes on from the value, or from the variable: "is not a role"
    std::string fix;       // a sentence without its full stop; "" when `reason` has said it

    // "CITUS_ROLE: \"master\" is not a role. Set it to coordinator or worker."
    std::string text() const;

    bool operator==(const Problem&) const = default;
};

// What is wrong with a configuration that cannot be used, and what is doubtful about it besides.
// Both are reported in one run, problems first.
struct ProblemReport {
    std::vector<Problem> problems;
    std::vector<Problem> warnings;

    bool operator==(const ProblemReport&) const = default;
};

// A user's text fit for a message: control characters escaped, cut when it is long.
std::string shown(std::string_view text);

}  // namespace citus_init::settings
