#pragma once

#include <optional>

#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// The steps of a node's start that have an end of their own, each under a supervisor. Each returns
// nothing where the start goes on, else the exit status of PID 1. They block until the step ends.

// What the plan says: an upgrade, the files of a restore, a server that ends for the next step.
[[nodiscard]] std::optional<int> run_step(node::Node& node);

// What is next, by what the data directory is by now.
[[nodiscard]] std::optional<int> plan_next_step(node::Node& node);

// The files, then the server without Citus until the nodes have found each other (ADR 78). Each
// step ends with the next one noted in the record. Of a node with a Node::hand_over until the whole
// restore is complete, or etcd is to be asked again; else until a server is next that serves
// clients afterwards.
[[nodiscard]] std::optional<int> run_restore(node::Node& node);

}  // namespace citus_init::supervisor
