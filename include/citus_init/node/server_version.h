#pragma once

#include <string>

#include "citus_init/base/result.h"

namespace citus_init::node {

// Where the server's programs really are, symlinks resolved: it searches its libraries from there
// (src/common/exec.c). Else as postgres::find_bin_directory(), `path` being PATH.
[[nodiscard]] Result<std::string> server_bin_directory(const std::string& wanted,
                                                       const std::string& path);

// The major version of the server in `bin_directory`: `wanted` (PG_MAJOR of the official images) if
// it is a number, else what the path says, else what `postgres -V` answers, which runs it and
// waits. Errors: `config`, also for one that is too old (postgres::check_major()).
[[nodiscard]] Result<int> server_major_version(const std::string& bin_directory,
                                               const std::string& wanted);

// "15.20", as `postgres -V` says it. Runs it and waits. Errors: `os`, `config`.
[[nodiscard]] Result<std::string> server_version_text(const std::string& bin_directory);

}  // namespace citus_init::node
