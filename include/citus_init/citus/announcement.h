#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How a worker announces itself to its coordinator: a row of citus_init.join_request on the
// coordinator, written by the function citus_init.announce(). The row is a hint whom to probe,
// never a right to be added; whoever is found there is examined like any other candidate.
//
// The function is SECURITY DEFINER with a fixed search path, checks what it is given, keeps at most
// 1000 rows, of which the longest silent makes room for a new one, members' rows last, and at most
// 4 names of one server, and may be executed by nobody but superusers and, with certificates
// between nodes, the role of nodes whose address is not known yet (node_role.h). Schema, table and
// function are local to the coordinator: made while citus.enable_ddl_propagation is off, they are
// never copied to a worker.

// Makes what is missing of it; true when that was something. `coordinator`: superuser, no open
// transaction.
[[nodiscard]] SqlResult<bool> ensure_announcements(Session& coordinator);

// Lets kNodeRole, which must exist, announce. It can do no more than that.
[[nodiscard]] SqlResult<void> let_newcomers_announce(Session& coordinator);

// By a worker, on a session to its coordinator. 22023 says what is wrong with the announcement,
// 3F000 or 42883 that the coordinator takes none (yet).
[[nodiscard]] SqlResult<void> announce(Session& coordinator, const HostPort& address,
                                       const Identity& identity);

struct Announcement {
    HostPort address;
    Identity identity;
    bool is_recent = true;  // else only the address counts: it is registered
};

// Who announced himself within `recent`, or ever if he is registered under that address: by first
// announcement. Of a node that did so under several addresses one counts, the last within `recent`.
[[nodiscard]] SqlResult<std::vector<Announcement>> read_announcements(Session& coordinator,
                                                                      std::chrono::seconds recent);

// What a worker knows of itself.
struct OwnPlace {
    Identity identity;
    int group_id = 0;                    // 0: no member
    std::optional<HostPort> registered;  // its own row in its copy of pg_dist_node
};
[[nodiscard]] SqlResult<OwnPlace> read_own_place(Session& worker);

}  // namespace citus_init::citus
