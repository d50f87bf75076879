#pragma once

#include <string>
#include <vector>

namespace citus_init::web {

// `citus-init http`, PID 1's child for as long as that runs: probes, metrics, at CITUS_HTTP_LISTEN.
// Answers from what PID 1 publishes in the state file and from what its collector has seen last;
// no request waits for SQL. Reports to PID 1 that it lives. SIGTERM ends it (default action).
// Returns the exit status, where it cannot begin: 64, 69 (the address is taken), 71, 78.
int run_http(const std::vector<std::string>& arguments);

}  // namespace citus_init::web
