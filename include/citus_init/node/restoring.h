#pragma once

#include <string>
#include <vector>

#include "citus_init/node/node.h"
#include "citus_init/render/guc_stack.h"

namespace citus_init::node {

// The server of a node that is being restored (ADR 78). All pure, for a Node::restore that is
// there.

// Whether its server runs without Citus, which connects to other nodes by itself: until the
// catalogs have the addresses of the restored ones.
bool runs_without_citus(const Node& node);

// What it gets on its command line, above all files, as long as it recovers: the point, where its
// WAL comes from, no library of Citus.
std::vector<std::string> recovery_arguments(const Node& node, const render::GucStack& stack);

// The lines of our postgresql.conf by which the nodes recognise each other: the original has none.
std::string restored_lines(const postgres::RestoreRecord& record);

// Why clients have to wait: the point, and `detail`.
status::Condition restoring_condition(const Node& node, const std::string& detail);

}  // namespace citus_init::node
