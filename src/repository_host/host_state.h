#pragma once

#include <string>

#include "citus_init/base/result.h"

#include "repository_host/host_configuration.h"

namespace citus_init::repository_host {

// By which `citus-init health` knows that this container is a repository host, and where it
// listens. Errors: those of write_file_atomically().
[[nodiscard]] Status write_host_state(const HostConfiguration& host);
void remove_host_state(const std::string& run_directory);

}  // namespace citus_init::repository_host
