#pragma once

#include <chrono>

#include "citus_init/agent/reporter.h"
#include "citus_init/ha/patroni/client/rest_client.h"
#include "citus_init/ha/patroni/lease.h"

namespace citus_init::agent {

// Tells PID 1, on every member, the lease that applies, which may be another one than the
// settings'.
class LeaseWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it.
    LeaseWatch(ha::RestClient& rest, Reporter& reporter, const patroni::Lease& settings)
        : rest_(rest), reporter_(reporter), lease_(settings) {}

    // Of a member whose Patroni answers. Asks where it is time to.
    void pass(Clock::time_point now);

    // As of the last look; before the first one that of the settings.
    const patroni::Lease& lease() const { return lease_; }

  private:
    ha::RestClient& rest_;
    Reporter& reporter_;
    patroni::Lease lease_;
    Clock::time_point next_probe_;
};

}  // namespace citus_init::agent
