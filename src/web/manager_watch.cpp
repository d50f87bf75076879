#include "web/manager_watch.h"

#include <condition_variable>
#include <stop_token>
#include <utility>

#include "citus_init/agent/member/group_status.h"

namespace citus_init::web {

ManagerWatch::ManagerWatch(const settings::Environment& environment,
                           const settings::Settings& settings) {
    if (!settings.patroni) {
        return;
    }
    thread_ = std::jthread([this, &environment](const std::stop_token& stopped) {
        constexpr std::chrono::seconds kInterval{5};
        std::condition_variable_any wake;
        std::mutex waiting;
        std::unique_lock wait(waiting);
        while (!stopped.stop_requested()) {
            std::string hung = agent::manager_trouble(environment);
            {
                const std::scoped_lock lock(mutex_);
                hung_ = std::move(hung);
            }
            wake.wait_for(wait, stopped, kInterval, [] { return false; });
        }
    });
}

std::string ManagerWatch::hung() const {
    const std::scoped_lock lock(mutex_);
    return hung_;
}

}  // namespace citus_init::web
