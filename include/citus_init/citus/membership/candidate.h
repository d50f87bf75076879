#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What a server is, seen from the coordinator. citus_add_node() itself checks nothing: it takes
// workers away from other clusters, and drops tables that bear the name of a distributed one. So
// only what is `fresh` may ever be given to it.
enum class NodeClass {
    unreachable,  // no session: down, starting, wrong password, no such database, in recovery
    not_ready,    // no extension, other version or encoding, role without rights
    self,         // this very coordinator
    clone,        // a copy of the coordinator's data directory
    fresh,        // never part of a cluster, and empty
    dirty,        // never part of a cluster, but with tables of somebody
    member,       // registered, it knows that, and it is whom the coordinator has recorded
    moved,        // recorded under another address, which does not answer as it
    duplicate,    // a member that answers under its registered address too
    stale,        // is or seems to be a member, but lacks rows that the member had
    wiped,        // registered, but it is not who was: another or an emptied data directory
    zombie,       // was a member of this cluster by its record, is registered no more
    foreign,      // belongs to, or is the coordinator of, another cluster, as far as this one knows
};

// "dirty"
const char* node_class_name(NodeClass node_class);

struct CandidateFacts {
    ServerFacts server;
    std::optional<MembershipFacts> membership;  // none: no extension in the database
};

Identity identity_of(const CandidateFacts& facts);

// An open session to a candidate, with the facts read from it.
struct Candidate {
    CandidateFacts facts;
    std::unique_ptr<Session> session;
};

// Connects and asks. The session stays open, so that the facts can be read again just before they
// are acted upon.
[[nodiscard]] SqlResult<Candidate> examine(Connector& connector, const ConnectionTarget& target);
// The same on a session that is there already.
[[nodiscard]] SqlResult<Candidate> examine(std::unique_ptr<Session> session);

struct Classification {
    NodeClass node_class = NodeClass::unreachable;
    std::string reason;  // in words, with what to do; "" for fresh and for a healthy member
};

// A failed examine() in words, with what to do where the error shows it.
Classification classify_unreachable(const SqlError& error);

// What the coordinator places on one group.
struct Stakes {
    long shards = 0;
    long tables = 0;
};
using StakesByGroup = std::unordered_map<int, Stakes>;

// The asking side, made to be asked about many candidates. Refers to the cluster and the records
// that it was made of, which have to outlive it.
class CoordinatorView {
  public:
    CoordinatorView(CandidateFacts own, const Cluster& cluster,
                    const std::vector<NodeRecord>& records, StakesByGroup stakes = {});

    // A registered worker's server was found to be this, under its registered address.
    void add_answer(const HostPort& address, const Identity& identity);

    const CandidateFacts& own() const { return own_; }
    const std::optional<RegisteredNode>& coordinator() const { return cluster_->coordinator; }
    const std::vector<RegisteredNode>& workers() const { return cluster_->workers; }
    // All of these: null where there is none.
    const RegisteredNode* row_at(const HostPort& address) const;
    const RegisteredNode* row_of_group(int group_id) const;
    const RegisteredNode* row_of(const NodeRecord& record) const;  // null: it has been removed
    const NodeRecord* record_of(const RegisteredNode& row) const;
    const NodeRecord* record_of(const Identity& identity) const;
    const HostPort* answering_address(const Identity& identity) const;

    // "; at stake: 32 shards of 4 tables, size unknown", "" where the group holds none. For groups
    // whose data was not found where it should be.
    std::string stakes_text(int group_id) const;

  private:
    CandidateFacts own_;
    const Cluster* cluster_;
    StakesByGroup stakes_;
    std::unordered_map<HostPort, const RegisteredNode*, HostPortHash> row_at_;
    std::unordered_map<int, const RegisteredNode*> row_of_group_;
    std::unordered_map<int, const RegisteredNode*> row_of_node_;
    std::unordered_map<int, const NodeRecord*> record_of_node_;
    std::unordered_map<Identity, const NodeRecord*, IdentityHash> record_of_identity_;
    std::unordered_map<Identity, HostPort, IdentityHash> answers_;
};

// "; it holds 8 shards of the tables orders, lines", "" where there is nothing.
std::string stored_text(const StoredTables& stored);

// Pure. `address`: what the candidate was reached under. Servers are told apart by their ids, never
// by host names, which repeat from cluster to cluster. No reason advises what could lose rows: an
// empty data directory only where nothing lies in the present one. That a member's shards are there
// is not checked here (membership/shard_proof.h).
Classification classify(const CandidateFacts& candidate, const HostPort& address,
                        const CoordinatorView& view);

}  // namespace citus_init::citus
