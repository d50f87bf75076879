#include "cli/verbs/verb_end.h"

#include <cstdio>

#include <fmt/core.h>

namespace citus_init::cli {

namespace {

int last_line(ExitCode code, const std::string& why) {
    fmt::print(stderr, "citus-init: exit {} ({}): {}\n", static_cast<int>(code),
               exit_code_name(code), why);
    return static_cast<int>(code);
}

}  // namespace

void print_warnings(const std::vector<settings::Problem>& warnings) {
    for (const auto& warning : warnings) {
        fmt::print(stderr, "warning: {}\n", warning.text());
    }
}

int end_verb(const Error& error) {
    return last_line(error.code, error.message);
}

int end_verb(const settings::ProblemReport& report) {
    const auto& problems = report.problems;
    for (const auto& problem : problems) {
        fmt::print(stderr, "error: {}\n", problem.text());
    }
    print_warnings(report.warnings);
    return last_line(ExitCode::config,
                     problems.size() == 1
                         ? "the configuration has a problem"
                         : fmt::format("the configuration has {} problems", problems.size()));
}

}  // namespace citus_init::cli
