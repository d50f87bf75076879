#pragma once

#include <chrono>
#include <optional>

#include "citus_init/agent/reporter.h"
#include "citus_init/ha/backend/member_monitor.h"

namespace citus_init::agent {

// Reports to PID 1, on every member, the lease that applies, which may differ from the settings.
class LeaseWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it.
    LeaseWatch(ha::MemberMonitor& monitor, Reporter& reporter)
        : monitor_(monitor), reporter_(reporter), lease_(monitor.configured_lease()) {}

    // Of a member whose manager answers. Reads the lease where it is time to: on a leader every 15
    // s unless the configuration store is seen to have the same, elsewhere every minute.
    void pass(const ha::MemberSnapshot& snapshot, Clock::time_point now);

    // As of the last time it could be read; before that the one of the settings.
    const ha::Lease& lease() const { return lease_; }

  private:
    ha::MemberMonitor& monitor_;
    Reporter& reporter_;
    ha::Lease lease_;
    std::optional<Clock::time_point> read_;  // the last time that it could be
};

}  // namespace citus_init::agent
