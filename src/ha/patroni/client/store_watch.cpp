#include "ha/patroni/client/store_watch.h"

namespace citus_init::patroni {

std::optional<ha::Finding> StoreWatch::probe(bool without_store, Time now) {
    constexpr std::chrono::seconds kCalm{60};
    const auto pause = without_store || trouble_ ? alert_ : kCalm;
    if (etcd_.has_servers() && (!probed_ || now - *probed_ >= pause)) {
        probed_ = now;
        trouble_ = etcd_.trouble();
    }
    return trouble_ ? std::optional(ha::Finding{"configuration store", "etcd: " + trouble_->what,
                                                trouble_->fix})
                    : std::nullopt;
}

}  // namespace citus_init::patroni
