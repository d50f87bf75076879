#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace citus_init::agent {

// The addresses of other nodes, for pg_hba.conf.
class PeerAddresses {
  public:
    // Those of all `names`, sorted. Blocks for the name service, for some seconds at most. A name
    // that cannot be resolved keeps what it had.
    std::vector<std::string> update(const std::set<std::string>& names);

  private:
    std::map<std::string, std::vector<std::string>> addresses_;  // by name
};

}  // namespace citus_init::agent
