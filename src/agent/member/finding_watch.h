#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "citus_init/ha/finding.h"

namespace citus_init::agent {

// Which findings have lasted long enough to be reported, and which of those are new. Pure.
class FindingWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // `grace`: how long a failover may take, during which much is wrong for a moment.
    explicit FindingWatch(std::chrono::seconds grace) : grace_(grace) {}

    struct News {
        std::vector<ha::Finding> lasting;     // all that are to be reported
        std::vector<ha::Finding> unreported;  // of these the ones that were not reported before
        std::vector<std::string> ended;       // of those that were reported: what is resolved
    };
    News take(const std::vector<ha::Finding>& found, Time now);

  private:
    struct Known {
        Time since;
        std::string what;
        bool reported = false;
    };
    std::chrono::seconds grace_;
    std::map<std::string, Known> known_;  // by what they are about
};

}  // namespace citus_init::agent
