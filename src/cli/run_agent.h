#pragma once

#include <string>
#include <vector>

namespace citus_init::cli {

// `citus-init agent --socket-dir DIR --port N`, beside the server for as long as that runs: the
// agent of a member under Patroni or of a node without. SIGTERM ends it at once (default action).
int run_agent(const std::vector<std::string>& arguments);

}  // namespace citus_init::cli
