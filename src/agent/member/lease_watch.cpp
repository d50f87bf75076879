#include "agent/member/lease_watch.h"

namespace citus_init::agent {

void LeaseWatch::pass(Clock::time_point now) {
    constexpr std::chrono::seconds kInterval{15};
    if (now < next_probe_) {
        return;
    }
    // Without the store the lease is what it was.
    if (const auto lease = monitor_.read_lease()) {
        next_probe_ = now + kInterval;
        lease_ = *lease;
        reporter_.report(lease_);
    }
}

}  // namespace citus_init::agent
