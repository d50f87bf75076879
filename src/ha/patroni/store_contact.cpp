#include "citus_init/ha/patroni/store_contact.h"

#include <algorithm>

namespace citus_init::patroni {

using std::chrono::seconds;

std::optional<seconds> store_age(const std::optional<LeaseAge>& lease,
                                 std::optional<seconds> contact) {
    if (!lease || !contact) {
        return lease ? std::optional(lease->by_now) : contact;
    }
    return std::max(lease->answered, std::min(lease->by_now, *contact));
}

std::optional<seconds> StoreContact::take(const ha::MemberStatus& status, Time now) {
    if (status.dcs_last_seen == 0) {
        *this = StoreContact();
        return std::nullopt;
    }
    if (status.dcs_last_seen != last_seen_) {
        before_ = reported_.value_or(now);
        last_seen_ = status.dcs_last_seen;
    }
    reported_ = now;
    const seconds by_wall_clock(std::max<std::int64_t>(status.asked_at - status.dcs_last_seen, 0));
    age_ = std::min(by_wall_clock, std::chrono::ceil<seconds>(now - *before_));
    return age_;
}

std::optional<seconds> StoreContact::age(Time now) const {
    return reported_ ? std::optional(age_ + std::chrono::ceil<seconds>(now - *reported_))
                     : std::nullopt;
}

}  // namespace citus_init::patroni
