#pragma once

#include <optional>
#include <string>
#include <vector>

namespace citus_init::cli {

// What PID 1 starts of its own binary: agent, prepare-node, make-certificate, validate, relay-log,
// wait-for-dcs.
// `arguments[0]` is the verb; none if it is no such one. They are not for users, so their arguments
// are taken as they come.
std::optional<int> run_child_program(const std::vector<std::string>& arguments);

}  // namespace citus_init::cli
