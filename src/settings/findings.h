#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/settings/problem.h"

#include "settings/value.h"

namespace citus_init::settings {

// Everything that was found so far. All of it is reported at once.
struct Findings {
    std::vector<Problem> problems;
    std::vector<Problem> warnings;
    // Variables whose value is unknown because of a problem. What depends on them is not checked:
    // it would only add misleading problems.
    std::set<std::string, std::less<>> failed;
};

// `place` and `value` are made fit for a message here; a complaint is so already.
Problem make_problem(std::string_view place, std::string_view value, Complaint complaint);

}  // namespace citus_init::settings
