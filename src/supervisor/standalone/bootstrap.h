#pragma once

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/status/report.h"

namespace citus_init::supervisor {

// The steps of a bootstrap that PID 1 does itself, between those that its children do. Local file
// I/O only.

// What is written before a step. `initdb`: the mark of an incomplete directory, durable.
// `init_scripts`: that they have begun, since what they do may not be done twice, durable.
// `bootstrap_syncing`: what a complete directory has, not synced.
[[nodiscard]] Status advance_bootstrap(node::Node& node, postgres::lifecycle::Step step);
// initdb has succeeded: its result becomes the data directory, with the official image's
// pg_hba.conf. Not synced, but the mark, which has the cluster's identifier from then on. Completes
// the event: whether the cluster is prepared (postgres::kCopyMarkName), or why this failed.
void take_new_cluster(node::Node& node, postgres::lifecycle::ChildExited& event);
// All is synced: removes the mark. Durable.
[[nodiscard]] Status complete_bootstrap(const node::Node& node);
// For an init script's `pg_ctl restart`, which starts the server with what postmaster.opts says:
// writes the bootstrap server's command line there as the files say now. A library that a script
// has put into shared_preload_libraries is loaded by the restart, behind citus. What cannot be read
// or written leaves the file as it is.
void note_restart_options(node::Node& node);
[[nodiscard]] Status discard_bootstrap(const node::Node& node);

// The server is ready with this configuration: records that, and what the agent found out, in the
// node's marker, if it is new.
void note_good_start(node::Node& node);
// What the agent reported of the node's place, for the node's marker.
void remember_place(node::Node& node, const status::PlaceReport& report);
// The same of its archiving.
void remember_archiving(node::Node& node, const status::ArchivingReport& report);
// Writes the marker if it is another than on the disk. A failure is logged.
void write_marker(node::Node& node);

// What the agent or prepare-node found out, for the node's marker.
void remember_node(node::Node& node, const status::NodeReport& report);

}  // namespace citus_init::supervisor
