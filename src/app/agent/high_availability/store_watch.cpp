#include "app/agent/high_availability/store_watch.h"

namespace citus_init::app {

std::optional<Finding> StoreWatch::look(bool without_store, Time now) {
    constexpr std::chrono::seconds kCalm{60};
    const auto pause = without_store || found_ ? alert_ : kCalm;
    if (!etcd_.has_servers() || (looked_ && now - *looked_ < pause)) {
        return found_;
    }
    looked_ = now;
    const auto trouble = etcd_.trouble();
    found_ =
        trouble
            ? std::optional(Finding{"configuration store", "etcd: " + trouble->what, trouble->fix})
            : std::nullopt;
    return found_;
}

}  // namespace citus_init::app
