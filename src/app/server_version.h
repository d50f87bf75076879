#pragma once

#include <string>

#include "citus_init/base/result.h"

namespace citus_init::app {

// The major version of the server in `bin_directory`: `wanted` (PG_MAJOR of the official images) if
// it is a number, else what the path says, else what `postgres -V` answers, which runs it and
// waits. Errors: `config`.
[[nodiscard]] Result<int> server_major_version(const std::string& bin_directory,
                                               const std::string& wanted);

}  // namespace citus_init::app
