#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "citus_init/agent/reporter.h"
#include "citus_init/ha/patroni/client/rest_client.h"
#include "citus_init/ha/patroni/member_status.h"
#include "citus_init/ha/patroni/store_contact.h"

#include "agent/member/stored_group_watch.h"

namespace citus_init::agent {

// Tells PID 1 every two seconds whether Patroni answers, on a thread of its own: whatever the
// server does to the rest of the agent, the watchdog has its pulse. Another role or state wakes who
// waits in `reporter`.
class PulseWatch {
  public:
    // Both outlive it. `group` learns whether this member is a primary.
    PulseWatch(ha::RestClient client, StoredGroupWatch& group, Reporter& reporter);
    PulseWatch(const PulseWatch&) = delete;
    PulseWatch& operator=(const PulseWatch&) = delete;
    ~PulseWatch();

    // As of the last look at which Patroni answered.
    patroni::MemberStatus last_status();

  private:
    void watch();
    void probe();
    bool take_status();
    bool is_in_doubt() const;

    ha::RestClient client_;
    StoredGroupWatch& group_;
    Reporter& reporter_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool ends_ = false;
    patroni::MemberStatus status_;
    patroni::StoreContact store_contact_;
    int probes_ = 0;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace citus_init::agent
