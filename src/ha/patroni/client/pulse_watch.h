#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "citus_init/ha/backend/member_monitor.h"
#include "citus_init/ha/patroni/store_contact.h"

#include "ha/patroni/client/pulse_schedule.h"
#include "ha/patroni/client/rest_client.h"
#include "ha/patroni/client/stored_group_watch.h"

namespace citus_init::patroni {

// Reports whether Patroni answers, at the pace of PulseSchedule, on a thread of its own: whatever
// the server does to the rest of the agent, the watchdog has its pulse.
class PulseWatch {
  public:
    // `group` outlives it, and learns whether this member is a primary. The thread calls `watcher`.
    // `lease`: the one that applies.
    PulseWatch(RestClient client, StoredGroupWatch& group, const ha::Lease& lease,
               ha::MemberMonitor::Watcher watcher);
    PulseWatch(const PulseWatch&) = delete;
    PulseWatch& operator=(const PulseWatch&) = delete;
    ~PulseWatch();

    // As of the last probe that Patroni answered. Thread-safe.
    ha::MemberStatus last_status();
    // The lease applies from now on. Thread-safe.
    void set_lease(const ha::Lease& lease);

  private:
    void watch();
    bool probe(PulseSchedule::Question question);
    std::optional<int> liveness();
    bool take_status();
    PulseSchedule::Known known();

    RestClient client_;
    StoredGroupWatch& group_;
    ha::MemberMonitor::Watcher watcher_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool ends_ = false;
    ha::Lease lease_;
    ha::MemberStatus status_;
    StoreContact store_contact_;
    PulseSchedule schedule_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace citus_init::patroni
