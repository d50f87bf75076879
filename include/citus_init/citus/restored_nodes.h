#pragma once

#include <memory>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The nodes of a cluster that is being restored, and how they get their new addresses (ADR 78).
// Until all of them have, Citus' library is not loaded anywhere: so its tables are read and written
// as what they are, and none of its functions is called.

// Who answers a session.
struct RestoredNode {
    std::string target;  // of the point that it is restored to; "" = it is not being restored
    std::string point;   // its name
    bool has_citus_loaded = false;
    // Of a superuser only:
    std::string system_identifier{};
    int group_id = 0;
    bool in_recovery = false;
};

// As any role: target, point and has_citus_loaded.
[[nodiscard]] SqlResult<RestoredNode> read_restored_point(Session& session);
// As superuser, in a database with Citus: all of it.
[[nodiscard]] SqlResult<RestoredNode> read_restored_node(Session& session);

// Databases that let clients in.
[[nodiscard]] SqlResult<std::vector<std::string>> read_database_names(Session& session);
// A session in the target's database; nullptr: the extension is not there.
[[nodiscard]] SqlResult<std::unique_ptr<Session>> connect_where_citus_is(
    Connector& connector, const ConnectionTarget& target);

// A row of pg_dist_node; the same on every node of the cluster.
struct NodeRow {
    int node_id = 0;
    int group_id = 0;
    HostPort address;
    bool is_primary = true;
};
[[nodiscard]] SqlResult<std::vector<NodeRow>> read_node_rows(Session& session);

// How far a node has come, in citus_init.restored of each of its databases with Citus. The row of
// one restore says nothing of another one.
enum class RestoredState {
    unsettled,
    settled,   // pg_dist_node has the addresses of the restored nodes
    complete,  // no transaction is in doubt on any node
};
[[nodiscard]] SqlResult<RestoredState> read_restored_state(Session& session,
                                                           const std::string& target);
[[nodiscard]] SqlResult<void> note_restored_state(Session& session, const std::string& target,
                                                  RestoredState state);

// In one transaction: the rows get their addresses, those of other nodes than primaries go, what
// citus-init has recorded of the nodes' WAL positions and copies goes, and the state is `settled`.
// Can be repeated. `rows`: with the new addresses.
[[nodiscard]] SqlResult<void> settle_node_rows(Session& session, const std::string& target,
                                               const std::vector<NodeRow>& rows);

// Announcements of before the restore lead to the original's nodes.
[[nodiscard]] SqlResult<void> forget_announcements(Session& coordinator);

// Has this node decide about its own transactions: recover_prepared_transactions(). Connects to
// other nodes.
[[nodiscard]] SqlResult<void> recover_prepared_transactions(Session& session);
// How many of Citus' are in doubt on this server.
[[nodiscard]] SqlResult<int> count_prepared_transactions(Session& session);

}  // namespace citus_init::citus
