#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "citus_init/status/node_status.h"

namespace citus_init::cli {

// What is to be healthy. A coordinator is ready without its workers, a worker without its
// coordinator.
enum class HealthScope {
    node,
    group,    // and, with Patroni, the lead of its group can be handed over
    cluster,  // and every desired worker takes part; for a worker: it is a member
    live,     // it need not be ready, but is not hung and has not given up
};

struct HealthOptions {
    std::string run_directory;
    std::chrono::milliseconds wait{0};  // how long to wait for it
    bool json = false;
    HealthScope scope = HealthScope::node;
    // Of `live`: why what PID 1 runs is taken for hung, "" = it is not.
    std::function<std::string()> hung = [] { return std::string(); };
    // Of `group`: why its leader cannot hand over, "" = it can.
    std::function<std::string()> no_handover = [] { return std::string(); };
};

// The state file of the citus-init that runs here, `failed` with the reason where none does.
status::NodeStatus read_health(const std::string& run_directory);

// `citus-init health`: one line on stdout with the state and why. 0 when healthy, else 1. Blocks
// for `wait` at most.
int run_health(const HealthOptions& options);

}  // namespace citus_init::cli
