#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "citus_init/ha/patroni/client/etcd_client.h"

#include "agent/member/member_assessment.h"

namespace citus_init::agent {

// Whether etcd still lets this member in, and if it is not reached, why. Patroni does not tell:
// with a password that is wrong by now it goes on reading a watch that was let in before, and
// prolongs its lease, which etcd asks nobody for. It notices when it has to take the lead. For one
// thread.
class StoreWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    StoreWatch(ha::EtcdClient etcd, const settings::PatroniSettings& settings)
        : etcd_(std::move(etcd)), alert_(settings.loop_wait) {}

    // None where etcd can be worked with. Blocks as EtcdClient does, every
    // minute (a password is a bcrypt hash of etcd's each time), or loop_wait while something is
    // wrong.
    std::optional<Finding> probe(const MemberSnapshot& member, Time now);

  private:
    ha::EtcdClient etcd_;
    std::chrono::seconds alert_;
    std::optional<Time> probed_;
    std::optional<ha::EtcdTrouble> trouble_;
};

}  // namespace citus_init::agent
