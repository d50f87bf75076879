#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "citus_init/ha/etcd_look.h"

#include "agent/patroni/member_verdict.h"

namespace citus_init::agent {

// Whether etcd still lets this member in, and if it is not reached, why. Patroni does not tell:
// with a password that is wrong by now it goes on reading a watch that was let in before, and
// prolongs its lease, which etcd asks nobody for. It notices when it has to take the lead. For one
// thread.
class StoreWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    StoreWatch(ha::EtcdLook etcd, const settings::PatroniSettings& settings)
        : etcd_(std::move(etcd)), alert_(settings.loop_wait) {}

    // None where etcd can be worked with. Blocks as EtcdLook does, every
    // minute (a password is a bcrypt hash of etcd's each time), or loop_wait while something is
    // wrong.
    std::optional<Finding> look(const MemberLook& member, Time now);

  private:
    ha::EtcdLook etcd_;
    std::chrono::seconds alert_;
    std::optional<Time> looked_;
    std::optional<ha::EtcdTrouble> trouble_;
};

}  // namespace citus_init::agent
