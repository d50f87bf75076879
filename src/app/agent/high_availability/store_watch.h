#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/agent/high_availability/member_verdict.h"
#include "app/high_availability/etcd_look.h"

namespace citus_init::app {

// Whether etcd still lets this member in, and if it is not reached, why; and whether the group's
// sync key there is that of the leader that asks. Patroni does not tell: with a password that is
// wrong by now it goes on reading a watch that was let in before, and prolongs its lease, which
// etcd asks nobody for. It notices when it has to take the lead. For one thread.
class StoreWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    StoreWatch(EtcdLook etcd, const settings::PatroniSettings& settings);

    // Empty where there is nothing against what the store has. Blocks as EtcdLook does, every
    // minute (a password is a bcrypt hash of etcd's each time), or loop_wait while something is
    // wrong.
    const std::vector<Finding>& look(const MemberLook& member, Time now);

  private:
    void look_now(const MemberLook& member);

    EtcdLook etcd_;
    std::chrono::seconds alert_;
    std::string prefix_;  // of the cluster's keys
    std::optional<Time> looked_;
    std::vector<Finding> found_;
};

}  // namespace citus_init::app
