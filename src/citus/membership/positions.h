#pragma once

#include <string>
#include <vector>

#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

// What WAL positions show of copies of a member, which identity and shard names do not.

// Whether the candidate lacks what the recorded node had.
bool is_behind(const CandidateFacts& candidate, const NodeRecord& record);

// The same of the member at its own address, which stays so until an operator decides: it goes on
// writing WAL, and then its position alone proves nothing any more.
bool has_gone_back(const CandidateFacts& candidate, const NodeRecord& record);

// Why the server at another address than the registered one is not followed although its identity
// and its shards fit: it is behind, or a copy, or two were seen, or older data ran at the
// registered address. None: it may be followed.
std::optional<Classification> not_to_be_followed(const CandidateFacts& candidate,
                                                 const HostPort& address, const NodeRecord& record,
                                                 const RegisteredNode& row);

// What is said then. `node_id`: in pg_dist_node.
std::string older_data_text(const WalPosition& now, const WalPosition& furthest, int node_id);

// The member at its own address has an older state of its data.
Classification gone_back(const CandidateFacts& candidate, const NodeRecord& record);

// "; w3:5432 is the newer one (0/5000000 against 0/3000000 on timeline 1)", of two with one
// identity.
std::string newer_text(const HostPort& one, const CandidateFacts& one_facts, const HostPort& other,
                       const CandidateFacts& other_facts);

// What the probes of a pass show that the records do not know yet. Pure.
struct PositionNotes {
    struct Further {
        int node_id = 0;
        WalPosition position;
    };
    struct Copy {
        int node_id = 0;
        HostPort address;
    };
    std::vector<Further> further;
    std::vector<Further> behind;
    std::vector<Copy> copies;
};
PositionNotes position_notes(const CoordinatorView& view, const Probes& probes);

}  // namespace citus_init::citus
