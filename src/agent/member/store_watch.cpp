#include "agent/member/store_watch.h"

namespace citus_init::agent {

std::optional<Finding> StoreWatch::probe(const MemberSnapshot& member, Time now) {
    constexpr std::chrono::seconds kCalm{60};
    const auto pause = member.without_store || trouble_ ? alert_ : kCalm;
    if (etcd_.has_servers() && (!probed_ || now - *probed_ >= pause)) {
        probed_ = now;
        trouble_ = etcd_.trouble();
    }
    return trouble_ ? std::optional(
                          Finding{"configuration store", "etcd: " + trouble_->what, trouble_->fix})
                    : std::nullopt;
}

}  // namespace citus_init::agent
