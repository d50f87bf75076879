#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "citus_init/ha/finding.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Whether etcd still takes this member's login, and if it is not reached, why. Patroni does not
// report it: with a password that is wrong by now it goes on reading a watch that was let in
// before, and prolongs its lease, which etcd asks nobody for. It notices when it has to take the
// lead. For one thread.
class StoreWatch {
  public:
    using Time = std::chrono::steady_clock::time_point;

    StoreWatch(EtcdClient etcd, const settings::PatroniSettings& settings)
        : etcd_(std::move(etcd)), alert_(settings.loop_wait) {}

    // None where etcd can be worked with. `without_store`: Patroni does not reach it. Blocks as
    // EtcdClient does, every minute (a password is a bcrypt hash of etcd's each time), or loop_wait
    // while something is wrong.
    std::optional<ha::Finding> probe(bool without_store, Time now);

  private:
    EtcdClient etcd_;
    std::chrono::seconds alert_;
    std::optional<Time> probed_;
    std::optional<EtcdTrouble> trouble_;
};

}  // namespace citus_init::patroni
