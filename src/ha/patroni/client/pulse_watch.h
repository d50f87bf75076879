#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "citus_init/ha/backend/member_monitor.h"
#include "citus_init/ha/patroni/store_contact.h"

#include "ha/patroni/client/rest_client.h"
#include "ha/patroni/client/stored_group_watch.h"

namespace citus_init::patroni {

// Reports every two seconds whether Patroni answers, on a thread of its own: whatever the server
// does to the rest of the agent, the watchdog has its pulse.
class PulseWatch {
  public:
    // `group` outlives it, and learns whether this member is a primary. The thread calls `watcher`.
    PulseWatch(RestClient client, StoredGroupWatch& group, ha::MemberMonitor::Watcher watcher);
    PulseWatch(const PulseWatch&) = delete;
    PulseWatch& operator=(const PulseWatch&) = delete;
    ~PulseWatch();

    // As of the last probe that Patroni answered. Thread-safe.
    ha::MemberStatus last_status();

  private:
    void watch();
    void probe();
    bool take_status();
    bool is_in_doubt() const;

    RestClient client_;
    StoredGroupWatch& group_;
    ha::MemberMonitor::Watcher watcher_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool ends_ = false;
    ha::MemberStatus status_;
    StoreContact store_contact_;
    int probes_ = 0;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace citus_init::patroni
