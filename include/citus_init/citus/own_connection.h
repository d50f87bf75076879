#pragma once

#include <optional>
#include <string>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Citus connects to its own node, at the address that is registered in pg_dist_node, for VACUUM of
// a distributed table, repartition joins and run_command_on_all_nodes().

// One try of such a connection that failed.
struct OwnConnectionFailure {
    HostPort address;               // the registered one
    std::string user;               // whom Citus connected as
    std::string cause;              // Citus' or the server's own text, any number of lines
    bool has_certificates = false;  // nodes know each other by certificates, else by passwords
    bool operator==(const OwnConnectionFailure&) const = default;
};

// Has the server of `target` connect to its own node once, by citus_check_connection_to_node():
// with citus.node_conninfo, pg_dist_authinfo, pg_dist_poolinfo, password file and certificates as
// Citus itself uses them, as `target`'s user. Returns the failure; none where the connection
// succeeds, where the node is no member yet, in recovery, and with a Citus older than 11.0, which
// has no such function. `unregistered`: a coordinator's address before it has a row of its own.
// Error `unavailable`: nothing could be found out. Blocks for citus.node_connection_timeout.
[[nodiscard]] Result<std::optional<OwnConnectionFailure>> connect_to_own_node(
    Connector& connector, const ConnectionTarget& target,
    const std::optional<HostPort>& unregistered);
// The same in a session of `user` that has used no other connection of Citus, which would be cached
// and tried in place of a new one.
[[nodiscard]] Result<std::optional<OwnConnectionFailure>> connect_to_own_node(
    Session& session, const std::string& user, const std::optional<HostPort>& unregistered);

// One line: what failed, the cause, what does not work meanwhile, and the fix for this cause. Pure.
std::string to_string(const OwnConnectionFailure& failure);

}  // namespace citus_init::citus
