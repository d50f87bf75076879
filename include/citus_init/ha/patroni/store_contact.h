#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "citus_init/ha/member_status.h"

namespace citus_init::patroni {

// How long ago the lease of the leader key was renewed, as etcd has answered it.
struct LeaseAge {
    std::chrono::seconds answered;  // when etcd was asked
    std::chrono::seconds by_now;    // if it was not renewed since, which nobody knows
};

// What the watchdog goes by. Two signs for what nobody has seen: a lease that may have been renewed
// since etcd's last answer counts for as long as Patroni's own `contact` allows; an age that etcd
// itself has answered counts alone, since whoever asks Patroni for /cluster makes its contact
// young. None where neither is known.
std::optional<std::chrono::seconds> store_age(const std::optional<LeaseAge>& lease,
                                              std::optional<std::chrono::seconds> contact);

// How long ago a Patroni reached the configuration store, from its answers. It goes by
// the wall clock, which somebody may set, so no age is greater than what has passed, by a clock
// that nobody sets, since an answer with an earlier time. Pure; one for each Patroni that is
// watched.
class StoreContact {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // None where the answer does not say: no Patroni that has just started does.
    std::optional<std::chrono::seconds> take(const ha::MemberStatus& status, Time now);

    // By the last answer, if the store was not reached since; none as take().
    std::optional<std::chrono::seconds> age(Time now) const;

  private:
    std::int64_t last_seen_ = 0;    // as reported last
    std::optional<Time> before_;    // the last answer with an earlier time
    std::optional<Time> reported_;  // the last answer
    std::chrono::seconds age_{0};
};

}  // namespace citus_init::patroni
