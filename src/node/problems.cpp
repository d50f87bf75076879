#include "citus_init/node/problems.h"

#include <utility>

#include <fmt/core.h>

namespace citus_init::node {

Error as_error(const settings::ProblemReport& report) {
    const auto& problems = report.problems;
    std::string text = problems.size() == 1
                           ? ""
                           : fmt::format("{} problems with the configuration:", problems.size());
    for (const auto& problem : problems) {
        text += (text.empty() ? "" : "\n") + problem.text();
    }
    for (const auto& warning : report.warnings) {
        text += "\nwarning: " + warning.text();
    }
    return Error{ExitCode::config, std::move(text)};
}

Error as_error(std::vector<settings::Problem> problems) {
    return as_error(settings::ProblemReport{std::move(problems), {}});
}

}  // namespace citus_init::node
