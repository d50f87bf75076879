#pragma once

#include <string>

#include "citus_init/base/result.h"
#include "citus_init/patroni/version.h"

namespace citus_init::node {

// The version of the Patroni that `path` (PATH) leads to. Runs it, which takes some tenths of a
// second and is given up after some seconds: for verbs, and for PID 1 before it has children.
// Errors: `config`, it is not installed or does not tell.
[[nodiscard]] Result<patroni::Version> installed_patroni(const std::string& path);

}  // namespace citus_init::node
