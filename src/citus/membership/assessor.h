#pragma once

#include "citus_init/citus/membership/plan.h"

namespace citus_init::citus {

// One worker in the course of planning.
struct Subject {
    HostPort address;
    bool desired = false;
    const RegisteredNode* row = nullptr;
    const Probe* probe = nullptr;  // none in this pass
    NodeMemory* memory = nullptr;
    // What assess() found:
    bool is_member = false;    // answered, in this pass, as the node that is registered here
    bool wants_proof = false;  // the shards of `proof_group` have to be searched for there
    int proof_group = 0;
    bool record = false;                        // its identity is proven and not recorded so
    const RegisteredNode* moved_row = nullptr;  // it is the node of this row, proven
    // The registered address that has to be asked first whether it still has the node; null: none.
    const RegisteredNode* ask_first = nullptr;
};

struct Assessment {
    const CoordinatorView& view;
    const Probes& probes;
    bool list_is_complete = true;
    TimePoint now;
    double random = 0;
};

constexpr std::chrono::milliseconds kMemberCheck{60'000};
constexpr std::chrono::milliseconds kRefusedCheck{30'000};

// Brings what is remembered of a worker up to date with what was seen of it in this pass.
void assess(Subject& subject, const Assessment& by);

void enter(NodeMemory& memory, NodeState state, TimePoint now);
// Jitter that differs between nodes, so that those which failed together do not come together.
double random_of(const HostPort& address, double random);

}  // namespace citus_init::citus
