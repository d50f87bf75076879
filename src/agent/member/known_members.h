#pragma once

#include <set>
#include <string>
#include <vector>

#include "citus_init/ha/group_view.h"

namespace citus_init::agent {

// The members that the own group has had since this agent was started; a reload starts it anew. The
// configuration store forgets one that is gone after ttl seconds. Pure, for one thread.
class KnownMembers {
  public:
    // The names of those that are in the group no longer, in order.
    std::vector<std::string> missing_from(const ha::GroupView& group);

  private:
    std::set<std::string> names_;
};

}  // namespace citus_init::agent
