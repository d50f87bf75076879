#include "agent/patroni/lease_watch.h"

namespace citus_init::agent {

void LeaseWatch::pass(Clock::time_point now) {
    constexpr std::chrono::seconds kInterval{15};
    constexpr int kOk = 200;
    if (now < next_probe_) {
        return;
    }
    const auto store = rest_.get("/config");
    // Without the store the lease is what it was.
    const auto lease =
        store && store->status == kOk ? patroni::lease_from_json(store->body) : std::nullopt;
    if (lease) {
        next_probe_ = now + kInterval;
        lease_ = *lease;
        reporter_.report(lease_);
    }
}

}  // namespace citus_init::agent
