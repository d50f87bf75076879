#pragma once

#include "citus_init/doctor/checks.h"

// The functions of the table's rows, by what they are about; each is pure. Those of two nodes
// compare a node with the coordinator (ClusterFacts::reference(), which has `server`).
namespace citus_init::doctor {

// --- Nodes: node_checks.cpp ---
void find_unreachable(const NodeFacts& node, Report& report);
void find_unread(const NodeFacts& node, Report& report);
void find_unknown_nodes(const ClusterFacts& cluster, Report& report);
void find_disabled(const NodeFacts& node, Report& report);
void find_unsynced(const NodeFacts& node, Report& report);
void find_configuration_warnings(const ClusterFacts& cluster, Report& report);
void find_manager_remarks(const ClusterFacts& cluster, Report& report);
void compare_roles(const NodeFacts& node, const NodeFacts& reference, Report& report);
void compare_extensions(const NodeFacts& node, const NodeFacts& reference, Report& report);

// --- Groups, which Patroni manages: group_checks.cpp ---
void find_unknown_groups(const ClusterFacts& cluster, Report& report);
void find_groups_without_one_leader(const ClusterFacts& cluster, Report& report);
void find_paused_groups(const ClusterFacts& cluster, Report& report);
void find_groups_without_standby(const ClusterFacts& cluster, Report& report);
void find_groups_without_synchronous_standby(const ClusterFacts& cluster, Report& report);
void find_standbys_behind(const ClusterFacts& cluster, Report& report);
void compare_patronis(const ClusterFacts& cluster, Report& report);

// --- Versions: version_checks.cpp ---
void compare_postgres_majors(const NodeFacts& node, const NodeFacts& reference, Report& report);
void compare_postgres_minors(const NodeFacts& node, const NodeFacts& reference, Report& report);
void find_unloaded_citus(const NodeFacts& node, Report& report);
void find_library_beside_extension(const NodeFacts& node, Report& report);
void compare_citus_versions(const NodeFacts& node, const NodeFacts& reference, Report& report);
void find_changed_collations(const NodeFacts& node, Report& report);
void compare_library_versions(const NodeFacts& node, const NodeFacts& reference, Report& report);
void find_outdated_extensions(const NodeFacts& node, Report& report);

// --- Settings: setting_checks.cpp ---
void compare_databases(const NodeFacts& node, const NodeFacts& reference, Report& report);
void compare_builds(const NodeFacts& node, const NodeFacts& reference, Report& report);
void compare_settings(const NodeFacts& node, const NodeFacts& reference, Report& report);
void find_fsync_off(const NodeFacts& node, Report& report);
void find_full_page_writes_off(const NodeFacts& node, Report& report);
void find_ignored_damage(const NodeFacts& node, Report& report);
void find_autovacuum_off(const NodeFacts& node, Report& report);
void find_wal_level(const ClusterFacts& cluster, Report& report);
void find_no_two_phase_commit(const ClusterFacts& cluster, Report& report);
void find_overridden_settings(const NodeFacts& node, Report& report);
void find_pending_restart(const NodeFacts& node, Report& report);
void find_configuration_errors(const NodeFacts& node, Report& report);

// --- Connections: connection_checks.cpp ---
void find_pool_over_worker(const ClusterFacts& cluster, Report& report);
void find_tight_pool(const ClusterFacts& cluster, Report& report);
void find_clients_over_pool(const ClusterFacts& cluster, Report& report);
void find_executor_over_pool(const ClusterFacts& cluster, Report& report);

// --- The database: catalog_checks.cpp ---
void find_invalid_indexes(const NodeFacts& node, Report& report);
void find_full_sequences(const NodeFacts& node, Report& report);
void find_late_freezing(const NodeFacts& node, Report& report);
void find_near_wraparound(const NodeFacts& node, Report& report);
void find_metadata_bloat(const NodeFacts& node, Report& report);
void find_tables_without_identity(const NodeFacts& node, Report& report);

// --- What was left behind: leftover_checks.cpp ---
void find_prepared_transactions(const ClusterFacts& cluster, Report& report);
void find_orphaned_slots(const ClusterFacts& cluster, Report& report);
void find_slots_that_keep_wal(const NodeFacts& node, Report& report);
void find_cleanup_records(const NodeFacts& node, Report& report);
void find_orphaned_shards(const ClusterFacts& cluster, Report& report);

// --- The machine: machine_checks.cpp ---
void find_buffers_over_limit(const NodeFacts& node, Report& report);
void find_tight_memory(const NodeFacts& node, Report& report);
void find_small_shared_memory(const NodeFacts& node, Report& report);
void find_full_disk(const NodeFacts& node, Report& report);
void find_low_disk(const NodeFacts& node, Report& report);
void find_file_system(const NodeFacts& node, Report& report);
void find_cut_off_stop(const NodeFacts& node, Report& report);
void compare_clocks(const NodeFacts& node, const NodeFacts& reference, Report& report);
void find_invalid_certificate(const ClusterFacts& cluster, Report& report);
void find_ending_certificate(const ClusterFacts& cluster, Report& report);

}  // namespace citus_init::doctor
