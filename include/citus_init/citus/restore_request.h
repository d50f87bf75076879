#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How a node is asked to restore itself in its place: a row of citus_init.restore_request in its
// database, which its agent reads when somebody has woken it (citus/backup_request.h). Both are
// superusers. A row stays, so that an order which PID 1 could not begin is passed on again; it is
// for the server that it was written on, until that is started anew: one that comes back with a
// restore is of no meaning.
struct RestoreRequest {
    std::string point;  // its name in the repository
    int group = 0;      // of the node
    std::string requested_by;
};

// The agent's side: makes the table where it is missing, on this node only, and removes the rows of
// earlier servers.
[[nodiscard]] SqlResult<void> make_restore_requests(Session& session);

// None: nothing that this server is asked for.
[[nodiscard]] SqlResult<std::optional<RestoreRequest>> read_restore_request(Session& session);

// The caller's side. request_restore() begins a transaction, and one of the others ends it; only a
// commit counts. Error 42P01: the node's agent is of a version that does not know it.
[[nodiscard]] SqlResult<void> request_restore(Session& session, const RestoreRequest& request);
[[nodiscard]] SqlResult<void> commit_restore_request(Session& session);
void take_back_restore_request(Session& session);

}  // namespace citus_init::citus
