#pragma once

#include <string>
#include <vector>

#include "citus/membership/judge.h"

namespace citus_init::citus {

// What keeps Citus from changing the membership: each such call is sent to every active worker.
// With one of them down it can only fail, and would hold the lock on pg_dist_node until it did; and
// one whose place somebody else has taken would be written into.
class Obstacles {
  public:
    explicit Obstacles(const std::vector<Subject>& subjects);

    // Those that were not looked at in this pass, so that nothing can be told.
    const std::vector<NodeAddress>& unseen() const { return unseen_; }
    // In words, "" = there is none.
    const std::string& away() const { return away_; }
    const std::string& any() const { return away_.empty() ? unsynced_ : away_; }

  private:
    std::vector<NodeAddress> unseen_;
    std::string away_;
    std::string unsynced_;
};

}  // namespace citus_init::citus
