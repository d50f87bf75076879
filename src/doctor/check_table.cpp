#include <array>

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr auto kNote = Severity::note;
constexpr auto kWarning = Severity::warning;
constexpr auto kError = Severity::error;

constexpr std::array kChecks{
    // --- Nodes ---
    Check{"Nodes", "unreachable", kError, "a node whose server does not answer",
          "Its shards cannot be read or written, and changes of tables, roles and nodes fail on "
          "all nodes.",
          in_each_node<find_unreachable>},
    Check{"Nodes", "nodes-unknown", kError, "the other nodes could not be found out",
          "What is wrong with them, or differs between them, is not reported.", find_unknown_nodes},
    Check{"Nodes", "unread", kWarning, "a part of a node that could not be read",
          "Checks about that part are silent.", in_each_node<find_unread>},
    Check{"Nodes", "disabled", kWarning, "a node that is registered, but disabled",
          "It gets no queries, and what is written meanwhile is missing on it.",
          in_each_node<find_disabled>},
    Check{"Nodes", "unsynced", kWarning, "a node with outdated metadata",
          "It answers queries with an old list of tables and shards, and operations on the cluster "
          "wait for it.",
          in_each_node<find_unsynced>},
    Check{"Nodes", "configuration", kWarning,
          "what `citus-init check` warns of: variables that are unknown, without effect or unsafe "
          "(own node only)",
          "What was asked for does not happen, or is less safe than it should be.",
          find_configuration_warnings},
    Check{"Nodes", "high-availability", kWarning,
          "what the manager of high availability has found (own node only)",
          "A failover may fail, or lose rows.", find_manager_remarks},
    Check{"Nodes", "roles", kWarning,
          "roles that are missing, or have other rights or memberships than on the coordinator",
          "Citus connects to a node as the role that runs the query, so it fails there, or may do "
          "more than it should.",
          in_each_other_node<compare_roles>},
    Check{"Nodes", "extensions", kWarning,
          "extensions that are missing, or of another version than on the coordinator",
          "Queries that use their types and functions fail on that node, and shards cannot be "
          "moved to it.",
          in_each_other_node<compare_extensions>},
    // --- Versions ---
    Check{"Versions", "postgres-major", kError,
          "another major version of PostgreSQL than the coordinator",
          "Sorting, functions and catalogs differ; a query may fail, or give other rows, on a part "
          "of the shards.",
          in_each_other_node<compare_postgres_majors>},
    Check{"Versions", "postgres-minor", kWarning, "another minor version than the coordinator",
          "One of the nodes lacks fixes of bugs that the others have.",
          in_each_other_node<compare_postgres_minors>},
    Check{"Versions", "citus-unloaded", kError,
          "Citus in the database, but not in `shared_preload_libraries`",
          "Distributed tables look empty, and rows that are inserted are lost to the cluster.",
          in_each_node<find_unloaded_citus>},
    Check{"Versions", "citus-library", kError,
          "a library of Citus beside an extension of another version",
          "Nearly every distributed query fails.", in_each_node<find_library_beside_extension>},
    Check{"Versions", "citus-version", kError, "another version of Citus than the coordinator",
          "Distributed tables cannot be made or changed, and nodes cannot be added.",
          in_each_other_node<compare_citus_versions>},
    Check{"Versions", "collation-version", kError,
          "collations that another version of the library recorded",
          "Indexes over text may miss rows and take duplicates of unique keys.",
          in_each_node<find_changed_collations>},
    Check{"Versions", "sort-libraries", kWarning, "another C library or ICU than the coordinator",
          "Nodes sort text differently: a merged result is out of order, a moved shard has damaged "
          "indexes.",
          in_each_other_node<compare_library_versions>},
    Check{"Versions", "extension-update", kNote, "extensions that are older than what is installed",
          "Fixes of the installed version are not in use.", in_each_node<find_outdated_extensions>},
    // --- Settings ---
    Check{"Settings", "database", kError,
          "another encoding or collation of the database than on the coordinator",
          "Rows cannot be copied between the nodes, or are sorted and compared differently.",
          in_each_other_node<compare_databases>},
    Check{"Settings", "build", kError,
          "a server that was built otherwise than that of the coordinator",
          "Names of shards, timestamps or pages are not the same on both.",
          in_each_other_node<compare_builds>},
    Check{"Settings", "settings-differ", kWarning,
          "a setting that decides about results, and has another value than on the coordinator",
          "The same expression has another value on a part of the shards.",
          in_each_other_node<compare_settings>},
    Check{"Settings", "fsync-off", kError, "`fsync` is off",
          "A crash of the machine can leave the whole data directory corrupt. `CITUS_PRESET=test` "
          "is for data that may be lost.",
          in_each_node<find_fsync_off>},
    Check{"Settings", "full-page-writes-off", kWarning, "`full_page_writes` is off",
          "A crash of the machine can leave torn pages, unless the file system rules them out.",
          in_each_node<find_full_page_writes_off>},
    Check{"Settings", "damage-ignored", kError,
          "`zero_damaged_pages` or `ignore_checksum_failure` is on",
          "Damaged rows are dropped or returned without an error, and moves spread them.",
          in_each_node<find_ignored_damage>},
    Check{"Settings", "autovacuum-off", kWarning, "`autovacuum` is off",
          "Tables grow without end, statistics are outdated, and transaction ids run out.",
          in_each_node<find_autovacuum_off>},
    Check{"Settings", "wal-level", kWarning, "`wal_level` is not `logical`",
          "Moving a shard from this node fails, or blocks writes.", find_wal_level},
    Check{"Settings", "no-two-phase-commit", kError, "`max_prepared_transactions` is 0",
          "A transaction that writes to several nodes fails at its commit.",
          find_no_two_phase_commit},
    Check{"Settings", "auto-conf", kWarning, "`postgresql.auto.conf` overrides another file",
          "Changes of that file or its variable have no effect, now and after an upgrade of the "
          "image.",
          in_each_node<find_overridden_settings>},
    Check{"Settings", "pending-restart", kWarning, "settings that wait for a restart",
          "The next restart, maybe an unexpected one, changes how the server runs.",
          in_each_node<find_pending_restart>},
    Check{"Settings", "configuration-file", kWarning,
          "lines of the configuration files that the server cannot apply",
          "The server runs without them, or would not start with them.",
          in_each_node<find_configuration_errors>},
    // --- Connections ---
    Check{"Connections", "pool-over-worker", kWarning,
          "more connections to a worker than it takes: issuing nodes x pool > `max_connections`",
          "Under load a worker refuses sessions (`sorry, too many clients already`), and queries "
          "fail.",
          find_pool_over_worker},
    Check{"Connections", "pool-tight", kNote,
          "a pool that leaves a worker no room for sessions of Citus and of superusers: issuing "
          "nodes x pool + 4 + 2 x workers + reserved > `max_connections`",
          "At the peak of the load maintenance, moves and administrators get no session.",
          find_tight_pool},
    Check{"Connections", "clients-over-pool", kWarning, "clients x cached connections > pool",
          "Idle sessions hold all connections to the workers, and other queries wait without end.",
          find_clients_over_pool},
    Check{"Connections", "executor-over-pool", kNote,
          "`citus.max_adaptive_executor_pool_size` x 4 queries > pool",
          "One query of many shards takes the connections of the others.", find_executor_over_pool},
    // --- Database ---
    Check{"Database", "invalid-index", kWarning, "an invalid index",
          "It costs each write and serves no query; a unique one that is invalid guards nothing.",
          in_each_node<find_invalid_indexes>},
    Check{"Database", "sequence-near-end", kWarning, "a sequence that has used 80 % of its range",
          "At the end every insert fails.", in_each_node<find_full_sequences>},
    Check{"Database", "freeze-late", kWarning,
          "transaction ids half as old again as autovacuum allows",
          "Something holds VACUUM back; at 2 billion the server refuses writes.",
          in_each_node<find_late_freezing>},
    Check{"Database", "wraparound", kError, "transaction ids older than 1.6 billion",
          "At 2.1 billion the server refuses writes to the database.",
          in_each_node<find_near_wraparound>},
    Check{"Database", "metadata-bloat", kWarning,
          "more dead than live rows in a table of the metadata", "Planning each query reads them.",
          in_each_node<find_metadata_bloat>},
    Check{"Database", "replica-identity", kWarning,
          "Citus tables without primary key and replica identity",
          "Their shards cannot be moved online.", in_each_node<find_tables_without_identity>},
    // --- Leftovers ---
    Check{"Leftovers", "prepared-transaction", kWarning,
          "a prepared transaction that nobody has ended: of Citus for two rounds of its recovery, "
          "of others for 10 s",
          "It keeps its locks, and VACUUM from removing rows.", find_prepared_transactions},
    Check{"Leftovers", "orphaned-slot", kWarning, "a replication slot of a move that does not run",
          "It keeps WAL until the disk is full.", in_each_node<find_orphaned_slots>},
    Check{"Leftovers", "slot-keeps-wal", kWarning,
          "an unused replication slot that keeps 1 GB of WAL, or one whose WAL is lost",
          "It keeps WAL until the disk is full; what is lost its consumer never gets.",
          in_each_node<find_slots_that_keep_wal>},
    Check{"Leftovers", "cleanup-records", kWarning,
          "objects that moves and splits left to be removed",
          "They take room, and their names are in the way of the next move. Right after a move "
          "they are normal.",
          in_each_node<find_cleanup_records>},
    Check{"Leftovers", "orphaned-shard", kWarning,
          "a table named as a shard that no placement explains",
          "It takes room, and may hold rows that the cluster has elsewhere in a newer state, or "
          "nowhere.",
          find_orphaned_shards},
    // --- Machine ---
    Check{"Machine", "buffers-over-limit", kError,
          "`shared_buffers` above the memory limit of the container",
          "The kernel kills the server as soon as it uses them.",
          in_each_node<find_buffers_over_limit>},
    Check{"Machine", "memory-tight", kWarning,
          "shared memory and sessions above 80 % of the memory",
          "The kernel kills the server when all sessions are in use. `CITUS_TUNE=auto` makes "
          "values that fit.",
          in_each_node<find_tight_memory>},
    Check{"Machine", "shared-memory-small", kWarning, "`/dev/shm` below 256 MB",
          "Parallel queries fail: `could not resize shared memory segment`.",
          in_each_node<find_small_shared_memory>},
    Check{"Machine", "disk-full", kError,
          "less than 256 MB, or no file, left on the disk (own node only)",
          "The server stops when it cannot write WAL.", in_each_node<find_full_disk>},
    Check{"Machine", "disk-low", kWarning,
          "little room left on the disk: below 10 GB or a tenth of it, and always below 1 GB (own "
          "node only)",
          "The server stops when it cannot write WAL; a move needs room for the shard.",
          in_each_node<find_low_disk>},
    Check{"Machine", "file-system", kWarning,
          "a data directory on overlayfs, tmpfs or a network file system",
          "The data is lost with the container; or locks and fsync may not hold what they promise.",
          in_each_node<find_file_system>},
    Check{"Machine", "stop-cut-off", kWarning,
          "a last stop that the container's grace period, or the end of the machine, cut off",
          "The next start has to recover, and clients wait for that.",
          in_each_node<find_cut_off_stop>},
    Check{"Machine", "clock-skew", kWarning,
          "a clock that differs by a second from that of the coordinator",
          "now() differs between shards, certificates are refused, logs cannot be compared.",
          in_each_other_node<compare_clocks>},
    Check{"Machine", "certificate-invalid", kError,
          "a server certificate that expired or is not valid yet",
          "Nodes and clients that verify it refuse to connect.", find_invalid_certificate},
    Check{"Machine", "certificate-ends", kWarning,
          "a server certificate that ends within 14 days, and a quarter of its life",
          "Nodes and clients that verify it soon refuse to connect.", find_ending_certificate},
};

}  // namespace

std::span<const Check> all_checks() {
    return kChecks;
}

}  // namespace citus_init::doctor
