#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/recovery.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/status/condition.h"
#include "citus_init/status/node_status.h"

namespace citus_init::status {

// What the agent and prepare-node report to PID 1, one JSON object a line (ADR 56): `report` is the
// kind, the other keys are its fields.

// `alive`: the agent works or waits; each ten seconds, without Patroni.
struct Alive {
    ReconcilePasses passes{};
    bool operator==(const Alive&) const = default;
};

// `prepared`: what was asked for is usable, Citus included.
struct Prepared {
    bool operator==(const Prepared&) const = default;
};

// `node`: what was found out about this node, for its marker. "" = not known, or no Citus.
struct NodeReport {
    std::string citus_version{};      // of the loaded library: "13.2.2"
    std::string extension_version{};  // of the extension in the database: "13.2-1"
    std::string database{};
    std::string system_identifier{};
    std::string server_id{};
    bool has_login_role = false;  // render::kLoginRole exists
    bool operator==(const NodeReport&) const = default;
};

// `unfit`: why clients must not be sent to this node although it runs; none: they may be.
struct UnfitReport {
    Condition condition{};
    bool operator==(const UnfitReport&) const = default;
};

// `place`: whether this node's place in the cluster is confirmed (citus/membership/place.h).
struct PlaceReport {
    citus::PlaceState state = citus::PlaceState::confirmed;
    bool is_member = false;             // other nodes know it
    std::optional<HostPort> address{};  // registered, where it is confirmed
    Condition condition{};              // why it is not confirmed
    bool is_applied = false;            // the server lets clients in, where the state says so
    bool operator==(const PlaceReport&) const = default;
};

// `peers`: addresses of the cluster's nodes, for pg_hba.conf.
struct PeersReport {
    std::vector<std::string> addresses{};
    bool operator==(const PeersReport&) const = default;
};

// `workers`: how many a coordinator has, and the sessions of the one that has the fewest: its
// max_connections less the reserved ones. With CITUS_TUNE=auto.
struct WorkersReport {
    int count = 0;
    int sessions = 0;
    bool operator==(const WorkersReport&) const = default;
};

// `readiness`: what clients wait for; none: they can use this node, as far as the agent knows.
struct ReadinessReport {
    Condition condition{};
    bool operator==(const ReadinessReport&) const = default;
};

// `recovery`: how far the server's is; none: it is in none.
struct RecoveryReport {
    std::optional<citus::RecoveryProgress> progress{};
    bool operator==(const RecoveryReport&) const = default;
};

// `own_connection`: why Citus cannot connect to its own node; none: it can, or need not.
struct OwnConnectionReport {
    Condition condition{};
    bool operator==(const OwnConnectionReport&) const = default;
};

// `handover`: with Patroni: why the lead of this member cannot be handed over now; none: it can, or
// there is none.
struct HandoverReport {
    Condition condition{};
    bool operator==(const HandoverReport&) const = default;
};

// `traffic`: the answer to kHoldTraffic.
struct TrafficReport {
    bool is_held = false;
    std::string error{};  // why it is not
    bool operator==(const TrafficReport&) const = default;
};

// `certificate`: when the node's ends, in seconds since 1970.
struct CertificateReport {
    std::int64_t ends = 0;
    bool is_new = false;  // its files were replaced: who has read them has to read them again
    bool operator==(const CertificateReport&) const = default;
};

// `archiving`: of a primary with CITUS_BACKUP.
struct ArchivingReport {
    std::optional<int> group{};  // of this node in its cluster; none: it has not joined
    std::string made{};          // backup::stanza_place() that there is since; "" = none yet
    std::optional<ArchivingStatus> status{};
    bool operator==(const ArchivingReport&) const = default;
};

enum class RestoreStep {
    waiting,      // `detail` says for what
    claimed,      // with Patroni: this member is to restore its group
    ask_again,    // the same: the coordinator does not answer where etcd said that it is
    settled,      // the catalogs have the addresses of the restored nodes
    other_point,  // the coordinator is restored to `point`, so this node has to be, too
    end_of_wal,   // the cluster lives, so this node has to come to the end of its WAL
    ordered,      // by `citus-init restore`: to `point`, as the group `group`, from what it is now
    complete,     // clients may come
};

const char* restore_step_name(RestoreStep step);

// `restore`: of a node that is being restored, or waits for that.
struct RestoreReport {
    RestoreStep step = RestoreStep::waiting;
    std::string detail{};
    std::string point{};  // of `other_point` and `ordered`; with Patroni of `waiting`, too
    int group = 0;        // of `ordered`
    std::optional<HostPort> coordinator{};  // of `claimed`: where its server is, or will be
    bool operator==(const RestoreReport&) const = default;
};

// `backup`: of a coordinator with a schedule.
struct BackupReport {
    std::optional<BackupStatus> status{};
    bool operator==(const BackupReport&) const = default;
};

// `warning`: a line for the log.
struct Warning {
    std::string text{};
    bool operator==(const Warning&) const = default;
};

// `fatal`: this node must not run. Then the agent ends.
struct Fatal {
    int code = 0;  // exit code, 0 to 255
    std::string text{};
    bool operator==(const Fatal&) const = default;
};

// Membership: `membership`. With Patroni: ha::Pulse: `pulse`, every two or three seconds;
// ha::Lease: `lease`, the one that applies.
using Report =
    std::variant<Alive, Prepared, NodeReport, Membership, UnfitReport, PlaceReport, PeersReport,
                 WorkersReport, ReadinessReport, RecoveryReport, OwnConnectionReport,
                 HandoverReport, TrafficReport, CertificateReport, ArchivingReport, RestoreReport,
                 BackupReport, Warning, Fatal, ha::Pulse, ha::Lease>;

// "alive"
const char* report_name(const Report& report);

// With the newline, the only one. Bytes that are no UTF-8 become U+FFFD.
std::string encode_report(const Report& report);

// A line without its newline; none where it is no report. Of what encode_report() wrote of valid
// UTF-8 it is the same report. Unknown keys are ignored; what is missing or of another kind counts
// as empty. Pure, for any bytes.
std::optional<Report> parse_report(std::string_view line);

// What PID 1 asks of the agent: single bytes, each a request of its own.
inline constexpr char kReload = '\n';      // probe again what files of the user hold
inline constexpr char kHoldTraffic = 'h';  // a worker, once: before it stops

}  // namespace citus_init::status
