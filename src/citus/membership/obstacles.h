#pragma once

#include <string>
#include <vector>

#include "citus_init/citus/membership/held_workers.h"

#include "citus/membership/assessor.h"

namespace citus_init::citus {

// What keeps Citus from changing the membership: each such call is sent to every active worker.
// With one of them down it can only fail, and would hold the lock on pg_dist_node until it did; and
// one whose place somebody else has taken would be written into.
class Obstacles {
  public:
    explicit Obstacles(const std::vector<Subject>& subjects);

    // Those that were not probed in this pass, so that nothing is known of them.
    const std::vector<HostPort>& unseen() const { return unseen_; }
    // In words, "" = there is none.
    const std::string& away() const { return away_; }
    const std::string& any() const { return away_.empty() ? unsynced_ : away_; }

  private:
    std::vector<HostPort> unseen_;
    std::string away_;
    std::string unsynced_;
};

// A node that moved is followed while others are away, too: all of them may have moved. But Citus'
// daemon then sends the new address to whoever answers under the other names.
bool stands_in_the_way(const Action& action, const Unproven& refusal);

}  // namespace citus_init::citus
