#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What the coordinator's agent has found about its workers, for everybody to read: the table
// citus_init.node_state on the coordinator, a row for each worker that is registered or wanted.
// Only superusers may read or write it. The function citus_init.state_of() returns a worker its own
// row, and kNodeRole may be let to call it. Like the other tables of that schema both are local to
// the coordinator.

// Makes what is missing of it; true when that was something. `coordinator`: superuser, no open
// transaction.
[[nodiscard]] SqlResult<bool> ensure_node_state_table(Session& coordinator);

// Lets kNodeRole, which must exist, ask for the state of a worker by its name.
[[nodiscard]] SqlResult<void> let_nodes_ask_their_state(Session& coordinator);

// A row, but for its times.
struct ReportedState {
    std::string state;       // state_name()
    std::string node_class;  // node_class_name(), "" = not probed yet
    std::string reason;
    bool alarm = false;  // the reason is worth a warning
    bool desired = true;
    int node_id = 0;  // 0: not registered
    Identity found;   // who answered there last; empty: nobody ever did
    bool operator==(const ReportedState&) const = default;
};
using ReportedStates = std::unordered_map<HostPort, ReportedState, HostPortHash>;

// What has to be written so that the table says what a pass has found. Pure.
struct StateChanges {
    struct Row {
        HostPort address;
        ReportedState state;
        std::chrono::milliseconds age{};  // in this state
    };
    std::vector<Row> rows;
    std::vector<HostPort> gone;
};
StateChanges state_changes(const ReportedStates& reported, const PassReport& report, TimePoint now);

// Writes it. Knows what is there, so that a pass which found nothing new sends nothing.
class NodeStateTable {
  public:
    // `coordinator`: superuser, no open transaction; ensure_node_state_table() was called. `since`
    // of a row outlives the agent as long as the state is the same. Writes nothing for a pass that
    // only probed. Error: nothing was written, and the table is read again by the next call.
    [[nodiscard]] SqlResult<void> show(Session& coordinator, const PassReport& report,
                                       TimePoint now);

  private:
    std::optional<ReportedStates> reported_;
};

// What the coordinator says of a worker.
struct RecordedOwnState {
    std::string state;
    std::string node_class;
    std::string reason;
    bool alarm = false;
    bool registered = false;  // a node of that name is
    // Whether it is the asking server that the coordinator finds under the name; none: nobody.
    std::optional<bool> same_server;
    bool recorded_server = false;  // the asking server is the registered one
    int node_id = 0;               // of it, with what the coordinator has recorded of it:
    std::string system_identifier{};
    WalPosition furthest{};
};

// By a worker, on a session to its coordinator. None: it knows nothing of that name, or it is one
// that cannot be asked (yet).
[[nodiscard]] SqlResult<std::optional<RecordedOwnState>> ask_own_state(Session& coordinator,
                                                                       const HostPort& address,
                                                                       const Identity& identity);

// Whether the asking server is before the position that its coordinator has seen it at: then it is
// `stale`, as the coordinator will say when it examines it next, up to a minute later. Pure.
void note_older_data(RecordedOwnState& recorded, const ServerFacts& own);

// The asking worker stands in the place of a registered node whose data it has not, or not its
// newest. Clients must not take it for that node. Not so for the right node that lacks shards: the
// rest of them are there. Pure.
bool is_impostor(const RecordedOwnState& recorded);

}  // namespace citus_init::citus
