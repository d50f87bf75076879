#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/citus/membership/place.h"

namespace citus_init::status {

// What the agent and prepare-node tell PID 1: one line per report, `KIND TAB TEXT LF`. In TEXT a
// backslash, a newline, a carriage return are written `\\`, `\n`, `\r`.
//   alive       TEXT is empty: the agent works or waits; each ten seconds, without Patroni
//   prepared    TEXT is empty: what was asked for is usable, Citus included
//   node        what the node is, as NodeReport's JSON
//   membership  one line about the cluster for the state file, empty: nothing to say
//   joined      `yes` or `no`: whether the cluster is as this node wants it, for a worker whether
//               it is a member
//   unfit       why clients must not be sent to this node although it runs, empty: they may be
//   place       whether the node may act as the member that it was, as PlaceReport's JSON
//   peers       addresses of the cluster's nodes, separated by commas, for pg_hba.conf
//   pulse       with Patroni: what a probe of it found, as ha::Pulse's JSON; about every two
//               seconds
//   lease       with Patroni: the one that applies, as ha::Lease's JSON
//   readiness   with Patroni: empty when clients can use this member, else what it waits for;
//               without: how far the recovery is, while the server is in it
//   own-connection  why Citus cannot connect to its own node, empty: it can, or need not
//   handover    with Patroni: why the lead of this member cannot be handed over now, empty: it can,
//               or there is none
//   traffic     what came of kHoldTraffic: TEXT is empty when it is held, else why it is not
//   warning     to be logged
//   fatal CODE  this node must not run; CODE is the exit code, TEXT the reason. Then it ends
enum class ReportKind {
    alive,
    prepared,
    node,
    membership,
    joined,
    unfit,
    place,
    peers,
    pulse,
    lease,
    readiness,
    own_connection,
    handover,
    traffic,
    warning,
    fatal,
};

// What PID 1 tells the agent: single bytes, each a request of its own.
inline constexpr char kProbeAgain = '\n';  // at what files of the user hold
inline constexpr char kHoldTraffic = 'h';  // a worker, once: before it stops

struct Report {
    ReportKind kind = ReportKind::warning;
    int code = 0;  // of `fatal`
    std::string text;
    bool operator==(const Report&) const = default;
};

// With the newline.
std::string encode_report(const Report& report);

// A line without its newline; none where it is no report. parse_report() of what encode_report()
// wrote is the same report. Pure, for any bytes.
std::optional<Report> parse_report(std::string_view line);

// What was found out about this node, for its marker. "" = not known, or no Citus.
struct NodeReport {
    std::string citus_version;      // of the loaded library: "13.2.2"
    std::string extension_version;  // of the extension in the database: "13.2-1"
    std::string database;
    std::string system_identifier;
    std::string server_id;
    bool has_login_role = false;  // render::kLoginRole exists
    bool operator==(const NodeReport&) const = default;
};

std::string to_json(const NodeReport& report);
// None where it is no JSON object. Unknown keys are ignored.
std::optional<NodeReport> node_report_from_json(const std::string& json);

// Whether this node's place in the cluster is confirmed (citus/place.h).
struct PlaceReport {
    citus::PlaceState state = citus::PlaceState::confirmed;
    bool is_member = false;  // other nodes know it
    std::string address;     // registered, where it is confirmed; "" = none
    std::string reason;
    bool is_applied = false;  // the server lets clients in, where the state says so
    bool operator==(const PlaceReport&) const = default;
};

std::string to_json(const PlaceReport& report);
// None where it is no JSON object, or the state is unknown. Unknown keys are ignored.
std::optional<PlaceReport> place_report_from_json(const std::string& json);

}  // namespace citus_init::status
