#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/membership/plan.h"
#include "citus_init/citus/recovery.h"
#include "citus_init/status/condition.h"

namespace citus_init::status {

// What a node is doing.
enum class Phase {
    starting,       // before the server answers
    bootstrapping,  // initdb, database, extension, init scripts
    recovering,     // the server replays WAL
    ready,          // clients can use what was asked for
    stopping,
    failed,  // will not come back by itself; the condition says why
};

const char* phase_name(Phase phase);

// What a member that Patroni manages is in its group.
enum class GroupRole {
    unknown,           // Patroni does not answer
    leader,            // holds the lead of the group
    replica,           // of a group that has a leader
    leaderless,        // replica of a group without one
    demoted,           // by Patroni
    creating,          // its data directory is being made
    failsafe_primary,  // without DCS, as long as all members answer it
    read_only,         // without DCS
    other,             // `state` says what Patroni calls it
};

const char* group_role_name(GroupRole role);

struct GroupStatus {
    GroupRole role = GroupRole::unknown;
    int group = 0;
    bool paused = false;                     // maintenance mode: nobody takes over
    std::string state{};                     // as Patroni names it
    std::optional<int> replicas{};           // of a leader
    std::vector<std::string> synchronous{};  // of a leader: names of those that count as it
    std::string leader{};                    // of a replica
    std::optional<std::int64_t> lag{};       // of a replica, in bytes
    bool is_synchronous = false;             // of a replica
    bool operator==(const GroupStatus&) const = default;
};

// Of a coordinator's agent over its workers, since it started.
struct ReconcilePasses {
    std::int64_t succeeded = 0;
    std::int64_t failed = 0;
    bool operator==(const ReconcilePasses&) const = default;
};

// What the node's agent knows of the cluster.
struct Membership {
    bool joined = false;    // the cluster is as this node wants it; a worker is a member
    Condition condition{};  // of a worker's joining, or why nothing else is known
    std::optional<citus::WorkersSummary> workers{};  // of a coordinator with workers
    std::optional<GroupStatus> group{};              // with Patroni
    std::vector<Condition> notes{};                  // what else is under way or degraded
    bool operator==(const Membership&) const = default;
};

// How a node's WAL gets into its repository, with CITUS_BACKUP.
struct ArchivingStatus {
    std::string stanza{};               // "" = not known yet
    Condition condition{};              // why WAL is not archived; none: it is
    std::string since{};                // when that began, RFC 3339 UTC; "" = it is archived
    std::int64_t waiting_segments = 0;  // complete, and not archived yet
    std::int64_t waiting_bytes = 0;
    // Until the disk of the WAL is full, as fast as WAL is written now; none: not known.
    std::optional<std::int64_t> disk_lasts{};
    bool operator==(const ArchivingStatus&) const = default;
};

// Of the node that makes backups by itself: a coordinator's with a schedule. Times are seconds
// since 1970; none: some group has no such backup, or it is not known yet.
struct BackupStatus {
    Condition condition{};  // why what is due is not made; none: it is, or nothing is due
    std::string since{};    // when that began, RFC 3339 UTC
    std::optional<std::int64_t> last_full{};   // of every group: when the oldest of them began
    std::optional<std::int64_t> last{};        // the same of base backups of any type
    std::optional<std::int64_t> last_point{};  // when the last restore point was made
    std::optional<std::int64_t> next{};        // when a backup or a point is due again; none: it is
    bool operator==(const BackupStatus&) const = default;
};

// The leader key of a primary that Patroni manages, as it was last seen: PID 1 publishes it with
// each probe of the configuration store, a few seconds apart.
struct LeaseStatus {
    std::int64_t ends =
        0;                 // seconds since 1970: unless it is renewed, another member may lead then
    std::int64_t ttl = 0;  // seconds from a renewal to that end
    bool operator==(const LeaseStatus&) const = default;
};

// Seconds until `lease` ends, from `now` (seconds since 1970): 0 to its ttl. Pure.
double seconds_left(const LeaseStatus& lease, double now);

// How long the machine of PID 1 was in a step, the last time that it left it.
struct StepTime {
    std::string step;  // "initdb"
    std::chrono::milliseconds took{0};
    bool operator==(const StepTime&) const = default;
};

// The snapshot that PID 1 publishes and `citus-init health` reads.
struct NodeStatus {
    Phase phase = Phase::starting;
    Condition condition{};
    std::string node{};           // node name, "" unless Citus is on
    std::string role{};           // "coordinator", "worker" or ""
    std::int64_t pid = 0;         // of PID 1 of this node
    std::int64_t pid_start = 0;   // process::start_ticks() of it, 0 = not known
    std::int64_t postmaster = 0;  // 0 = none
    int restarts = 0;             // of the postmaster since PID 1 started
    int agent_restarts = 0;       // after unexpected ends, the same
    int http_restarts = 0;        // of `citus-init http`, the same
    std::string configuration{};  // fingerprint of what the server was started with, "" = not known
    std::vector<StepTime> steps{};  // each at most once, in the order of their first ends
    std::string since{};            // when the phase began, RFC 3339 UTC
    std::string data_directory{};   // "" = not known; with CITUS_DATA_SLOTS the slot
    ReconcilePasses passes{};
    std::int64_t certificate_ends = 0;  // of the node's, in seconds since 1970; 0 = none
    Membership membership{};
    std::optional<citus::RecoveryProgress> recovery{};  // while the server is in it
    std::optional<citus::PlaceState> place{};           // with Citus, without Patroni
    Condition unfit{};                           // why clients must not use the node though it runs
    Condition own_connection{};                  // why Citus cannot connect to its own node
    Condition handover{};                        // with Patroni: why the lead cannot be handed over
    std::optional<LeaseStatus> lease{};          // with Patroni: of a primary
    std::optional<ArchivingStatus> archiving{};  // of a primary
    std::optional<BackupStatus> backup{};        // of a coordinator with a schedule
};

// --- The state file: RUN_DIRECTORY/citus-init.json, one JSON object ---

std::string state_path(const std::string& run_directory);

std::string to_json(const NodeStatus& status);
// Unknown keys are ignored; what is missing or of another kind counts as not known. Error
// `software`: no state. Pure, for any bytes.
[[nodiscard]] Result<NodeStatus> node_status_from_json(const std::string& text);

// The same object for people and their scripts: `reason` and `membership` are texts as well.
std::string to_json_with_texts(const NodeStatus& status);

// --- Texts ---

// "accepting connections"
std::string reason_text(const NodeStatus& status);
// "2 of 2 workers registered"; "" = nothing to say.
std::string text_of(const Membership& membership);
// What is not archived, since when, and how long that can go on; "" = all is.
std::string text_of(const ArchivingStatus& archiving);
// Why what is due is not made, and since when; "" = nothing to say.
std::string text_of(const BackupStatus& backup);
// "ready: accepting connections; 2 of 2 workers registered"
std::string text_of(const NodeStatus& status);

}  // namespace citus_init::status
