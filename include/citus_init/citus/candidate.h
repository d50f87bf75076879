#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What a server that CITUS_WORKERS names is, seen from the coordinator. citus_add_node() itself
// checks nothing: it takes workers away from other clusters, and drops tables that bear the name of
// a distributed one. So only what is `fresh` may ever be given to it.
enum class Standing {
    unreachable,  // no session: down, starting, wrong password, no such database, in recovery
    not_ready,    // no extension, other version or encoding, role without rights
    self,         // this very coordinator
    clone,        // a copy of the coordinator's data directory
    fresh,        // never part of a cluster, and empty
    dirty,        // never part of a cluster, but with tables of somebody
    member,       // registered, and it knows that
    moved,        // a member, registered under another address
    duplicate,    // a member that answers under its registered address too
    wiped,        // registered, but it does not know: another or an emptied data directory
    zombie,       // was a member of this cluster, is registered no more
    foreign,      // belongs to, or is the coordinator of, another cluster
};

// "dirty"
const char* standing_word(Standing standing);

struct CandidateFacts {
    ServerFacts server;
    std::optional<MembershipFacts> membership;  // none: no extension in the database
};

// An open session to a candidate, with what it told.
struct Candidate {
    CandidateFacts facts;
    std::unique_ptr<Session> session;
};

// Connects and asks. The session stays open, so that the facts can be read again just before they
// are acted upon.
[[nodiscard]] SqlResult<Candidate> examine(Connector& connector, const ConnectionTarget& target);

struct Classification {
    Standing standing = Standing::unreachable;
    std::string reason;  // in words, with what to do; "" for fresh and for a healthy member
};

// A failed examine() in words, with what to do where the error tells it.
Classification classify_unreachable(const SqlError& error);

// A server that is known to answer under a registered address.
struct KnownNode {
    NodeAddress address;
    Identity identity;
};

// The asking side.
struct CoordinatorView {
    CandidateFacts own;
    Cluster cluster;
    std::vector<KnownNode> known;
};

// Pure. `address`: what the candidate was reached under.
Classification classify(const CandidateFacts& candidate, const NodeAddress& address,
                        const CoordinatorView& view);

}  // namespace citus_init::citus
