#include "agent/member/lease_watch.h"

namespace citus_init::agent {

void LeaseWatch::pass(const ha::MemberSnapshot& snapshot, Clock::time_point now) {
    constexpr std::chrono::seconds kInterval{15};
    constexpr std::chrono::seconds kIntervalOfReplica{60};  // the watchdog leaves it alone
    if (read_) {
        // The manager is asked all the same: the store has a change before the manager goes by it.
        const bool is_same = snapshot.stored && snapshot.stored->lease == lease_;
        if (is_same || now - *read_ < (snapshot.leads ? kInterval : kIntervalOfReplica)) {
            return;
        }
    }
    // Without the store the lease is what it was.
    if (const auto lease = monitor_.read_lease()) {
        read_ = now;
        lease_ = *lease;
        reporter_.report(lease_);
    }
}

}  // namespace citus_init::agent
