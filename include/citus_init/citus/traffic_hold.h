#pragma once

#include <chrono>
#include <string>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How the queries that need a worker are made to wait while it restarts. The function
// citus_init.hold_traffic() on the coordinator locks the tables that have shards on the worker, on
// the coordinator alone, and keeps DDL and changes of the cluster off; it changes nothing. The
// backend that runs it is all that the hold depends on: it notices neither that its client has
// ended nor that the worker has.
//
// Only queries that pass by the coordinator wait, those of its tables that have shards elsewhere,
// too: a read takes no lock that is about a worker. Transactions that were there first are waited
// for, up to 1.5 s, in attempts shorter than deadlock_timeout: it is the hold that gives way.
//
// Like announcements (announcement.h) the functions are SECURITY DEFINER, local to the coordinator,
// and executed by superusers and kNodeRole.

// Makes what is missing of them; true when that was something. `coordinator`: superuser, no open
// transaction.
[[nodiscard]] SqlResult<bool> ensure_traffic_hold(Session& coordinator);

// Lets kNodeRole, which must exist, hold and release.
[[nodiscard]] SqlResult<void> let_nodes_hold_traffic(Session& coordinator);

// By a worker, on a session to its coordinator. Blocks until the hold is over, `longest` plus 2 s
// at most, and reports how it ended. 55P03: queries stood in the way; P0002: no such node.
[[nodiscard]] SqlResult<std::string> hold_traffic(Session& coordinator, const HostPort& node,
                                                  std::chrono::milliseconds longest);

[[nodiscard]] SqlResult<bool> is_traffic_held(Session& coordinator, const HostPort& node);

// True: nobody holds it (any more). False: the coordinator does not reach the node yet, so that
// the traffic is held further.
[[nodiscard]] SqlResult<bool> release_traffic(Session& coordinator, const HostPort& node);

}  // namespace citus_init::citus
