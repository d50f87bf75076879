#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Whether a node that was a member before may act as that member now. Its data directory cannot
// show: a base backup, a copied volume and a restored snapshot say the same. What does is whom the
// other nodes reach under the registered address. See docs/adr/0027.

// One run of one server: no two servers, and no two starts of one, have the same.
struct ServerRun {
    std::string system_identifier;
    std::string server_id;
    std::string started_at;  // by its own clock; only to be compared
    bool in_recovery = false;
    // A copy that went through pg_upgrade has a system identifier of its own.
    bool same_data(const ServerRun& other) const { return server_id == other.server_id; }
    bool operator==(const ServerRun& other) const {
        return same_data(other) && system_identifier == other.system_identifier &&
               started_at == other.started_at;
    }
};

// On any session of a superuser, in the database of Citus.
[[nodiscard]] SqlResult<ServerRun> read_server_run(Session& session);

// --- A worker: the coordinator connects to the address that it has for the worker's group. ---

// Makes citus_init.member_at() where it is missing or of another version; true: it had to.
// `coordinator`: superuser, no open transaction.
[[nodiscard]] SqlResult<bool> ensure_member_check(Session& coordinator);
// Lets kNodeRole, which must exist, call it.
[[nodiscard]] SqlResult<void> let_nodes_check_members(Session& coordinator);

// What the coordinator knows of a group, and whom it reaches at its address.
struct RegisteredMember {
    std::optional<HostPort> address;     // none: the coordinator has no node of that group
    std::optional<bool> is_recorded;     // none: it never recorded the group's server
    std::optional<ServerRun> answering;  // none: nobody, or nobody that it can log in to
};

// By a worker on a session to its coordinator, which connects to the registered address with
// citus.node_conninfo. Blocks for that connection, 3 s at most. Errors: 3F000, 42883 or 42501 where
// that coordinator cannot be asked (yet).
[[nodiscard]] SqlResult<RegisteredMember> ask_member_at(Session& coordinator, int group_id,
                                                        const ServerRun& own);

enum class PlaceState {
    waiting,      // closed: nobody has confirmed it yet
    provisional,  // open for clients, unconfirmed: Citus' maintenance stays held back
    confirmed,
    refused,  // closed: it is not the member, or another server is
};

// "waiting"
const char* to_string(PlaceState state);

// What was found out about a place that is not confirmed.
enum class PlaceFinding {
    none,
    // Of a worker:
    coordinator_silent,  // cannot be asked: `error`
    member_removed,      // the coordinator has no node of its group
    server_unrecorded,   // the coordinator has not recorded this server yet
    server_replaced,     // the coordinator has recorded another server as the member
    server_copied,       // the member runs at `address`, with the same identity
    address_taken,       // another server answers at `address`
    address_silent,      // nobody answers at `address`
    // Of a coordinator:
    coordinator_copied,       // one with the same identity runs at `address`
    coordinator_was_running,  // the same, until now
    no_witness,               // no registered worker can confirm it
    original_silent,          // `address`, which it is registered under, does not answer
};

// Why the node is not opened, or is opened, though nobody has confirmed it.
enum class PlaceCaveat {
    none,
    by_setting,        // CITUS_SERVE_UNCONFIRMED
    moved,             // it announces another address than it was registered as
    copied_directory,  // not the directory that was confirmed last
};

const char* to_string(PlaceFinding finding);
const char* to_string(PlaceCaveat caveat);

struct PlaceReason {
    PlaceFinding finding = PlaceFinding::none;
    PlaceCaveat caveat = PlaceCaveat::none;
    int group_id = 0;
    HostPort coordinator{};  // of a worker
    HostPort address{};      // of the finding
    HostPort asked_at{};     // the node that reaches `address`; of a coordinator
    HostPort announced{};    // of `moved`
    std::optional<HostPort> registered{};
    std::string sqlstate{};  // of `coordinator_silent`
    std::string error{};     // the same, one line
    bool operator==(const PlaceReason&) const = default;
};

// One line with the fix; "" = none.
std::string to_string(const PlaceReason& reason);

struct PlaceAssessment {
    PlaceState state = PlaceState::waiting;
    PlaceReason reason{};  // none where confirmed
};

// What a worker knows of itself.
struct OwnMember {
    ServerRun run;
    int group_id = 0;                     // 0: no member, nothing to confirm
    std::optional<HostPort> registered;   // in its own copy of pg_dist_node
    HostPort announced;                   // the address that it announces now
    bool is_copied_directory = false;     // not the directory that was confirmed last
    bool may_serve_unconfirmed = false;   // CITUS_SERVE_UNCONFIRMED
    std::chrono::milliseconds waited{0};  // since the first attempt
};

// Pure. `error`: the coordinator's, where `member` is none.
PlaceAssessment assess_worker(const OwnMember& own, const HostPort& coordinator,
                              const SqlResult<RegisteredMember>& member);

// --- The coordinator: nobody else may answer as this coordinator. ---

// Whom a node reached at the address of the coordinator.
enum class LeaderReach {
    self,         // this very server
    other_run,    // a server with the same identity, writable, but not this one: a copy, or the
                  // original
    absent,       // refused, no such name, or a server with another identity
    unreachable,  // no answer in time, or none that proves it: it may live
};

struct LeaderView {
    HostPort asked_at;  // the worker; the address itself where this node asked
    HostPort leader;    // the address of the coordinator as that node has it
    LeaderReach reach = LeaderReach::unreachable;
};

// Pure.
LeaderReach reach_of(const ServerRun& own, const SqlResult<ServerRun>& answer);

// `worker`: a session of a superuser, without an open transaction. Whom that worker reaches as its
// coordinator; none: it does not answer, or knows no coordinator. Blocks for its connection, 5 s at
// most.
[[nodiscard]] std::optional<LeaderView> leader_of(Session& worker, const HostPort& address,
                                                  const ServerRun& own);

struct LeaderViews {
    std::optional<LeaderView> own;    // none: the coordinator is not registered
    std::vector<LeaderView> workers;  // of the workers that answered and know a coordinator
    bool has_workers = false;         // some are registered
};

// Asks the registered address itself, and each registered worker whom it has as coordinator and
// whom it reaches there. `target`: how to reach other nodes, but for host and port. Blocks for the
// connections, those to workers in parallel. Error: the local session's.
[[nodiscard]] SqlResult<LeaderViews> find_leaders(Session& own, Connector& connector,
                                                  const ConnectionTarget& target);

struct OwnCoordinator {
    HostPort address;                     // under which it is to be registered
    bool may_serve_unconfirmed = false;   // CITUS_SERVE_UNCONFIRMED
    bool other_was_seen = false;          // by an earlier assessment of this process
    std::chrono::milliseconds waited{0};  // since the first attempt
};

// Pure.
PlaceAssessment assess_coordinator(const OwnCoordinator& own, const LeaderViews& views);

}  // namespace citus_init::citus
