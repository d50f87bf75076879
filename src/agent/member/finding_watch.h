#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "agent/member/member_assessment.h"

namespace citus_init::agent {

// Which findings have lasted long enough to be told, and which of those are new. Pure.
class FindingWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // `grace`: how long a failover may take, during which much looks wrong.
    explicit FindingWatch(std::chrono::seconds grace) : grace_(grace) {}

    struct News {
        std::vector<Finding> lasting;    // all that are to be told
        std::vector<Finding> to_tell;    // of these the ones that were not told before
        std::vector<std::string> ended;  // of those that were told: what was, and is no more
    };
    News take(const std::vector<Finding>& found, Time now);

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
