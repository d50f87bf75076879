#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "citus_init/citus/membership/candidate.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The node lock: a session-level advisory lock in the Citus database of a worker, by a fixed key.
// Whoever acts on a worker (a coordinator's agent, an operator's verb; of this cluster or another
// one) takes it over a connection of its own, inspects the worker under it, acts, and releases it
// with the connection. Citus itself knows nothing of the lock; its own connection never waits for
// it, since the session that holds it has no transaction open and no relation locked.
enum class LockMode {
    shared,     // the worker stays whose it is: metadata, shards, its address
    exclusive,  // it joins a cluster or leaves one
};

// Blocks up to `wait`. Error 55P03: another session has the lock; the message says from where. A
// holder whose host vanished loses it by TCP keepalive (about 11 s), one that hangs after 5 min.
[[nodiscard]] SqlResult<void> lock_node(Session& node, LockMode mode,
                                        std::chrono::milliseconds wait);

bool is_held_by_another(const SqlError& error);

// lock_node(), then examine(): what the facts say holds until the session ends.
[[nodiscard]] SqlResult<Candidate> lock_and_examine(std::unique_ptr<Session> session, LockMode mode,
                                                    std::chrono::milliseconds wait);
[[nodiscard]] SqlResult<Candidate> lock_and_examine(Connector& connector,
                                                    const ConnectionTarget& target, LockMode mode,
                                                    std::chrono::milliseconds wait);

// Citus resolves a node's name itself, so the server that it reaches need not be the one that was
// inspected. The connections that a backend of the coordinator opens bear its mark (Citus 11:
// application_name "citus_internal gpid=N"), which the inspected server can be asked for.
// "" = this Citus marks none.
[[nodiscard]] SqlResult<std::string> connection_mark(Session& coordinator);
// `node`: superuser. Whether a connection with that mark is open there now.
[[nodiscard]] SqlResult<bool> has_connection(Session& node, const std::string& mark);

// Whom a worker reaches as its coordinator: that server's id, asked by the worker itself. "" = its
// Citus cannot ask (before 11.0). Error: it does not reach it.
[[nodiscard]] SqlResult<std::string> server_id_of_coordinator(Session& worker);

}  // namespace citus_init::citus
