#pragma once

#include <chrono>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/version.h"

namespace citus_init::node {

// The version of the Patroni that `path` (PATH) leads to. Runs it and blocks until it has ended,
// some tenths of a second, `deadline` at most: for verbs, and for PID 1 before it has children.
// Errors: `config`, it is not installed or does not report a version; `unavailable`, it did not end
// in time; `os`.
[[nodiscard]] Result<patroni::Version> installed_patroni(
    const std::string& path, std::chrono::milliseconds deadline = std::chrono::seconds(20));

}  // namespace citus_init::node
