#pragma once

#include <chrono>
#include <string>

namespace citus_init::app {

struct HealthOptions {
    std::string run_directory;
    std::chrono::milliseconds wait{0};  // how long to wait for `ready`
    bool json = false;
};

// `citus-init health`: one line on stdout with the state and why, from the state file of the
// citus-init that runs here. 0 when ready, else 1. Blocks for `wait` at most.
int run_health(const HealthOptions& options);

}  // namespace citus_init::app
