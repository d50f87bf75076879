#include "citus_init/node/problems.h"

#include <fmt/core.h>

namespace citus_init::node {

Error as_error(const std::vector<settings::Problem>& problems) {
    std::string text = problems.size() == 1
                           ? ""
                           : fmt::format("{} problems with the configuration:", problems.size());
    for (const auto& problem : problems) {
        text += (text.empty() ? "" : "\n") + problem.text();
    }
    return Error{ExitCode::config, std::move(text)};
}

}  // namespace citus_init::node
