#include "supervisor/policy.h"

#include <algorithm>

namespace citus_init::supervisor {

namespace {

using postgres::lifecycle::Milliseconds;

// Never so long that the shutdown itself would lack the time.
Milliseconds hold_timeout(const settings::Settings& settings) {
    constexpr Milliseconds kLongest{2'000};
    constexpr int kShare = 4;
    const auto& citus = settings.citus;
    const bool holds = citus.enable && citus.role == settings::Role::worker && citus.stop_pause;
    return holds ? std::min(kLongest, settings.supervisor.stop_timeout / kShare) : Milliseconds(0);
}

}  // namespace

postgres::lifecycle::Policy policy_of(const settings::Settings& settings) {
    postgres::lifecycle::Policy policy;
    policy.start_timeout = settings.supervisor.start_timeout;
    policy.stop_timeout = settings.supervisor.stop_timeout;
    policy.restart_limit = settings.supervisor.restart_limit;
    policy.restart_window = settings.supervisor.restart_window;
    policy.hold_on_fatal = settings.supervisor.on_fatal == settings::OnFatal::hold;
    policy.agent_gates_readiness = settings.citus.enable;
    policy.hold_timeout = hold_timeout(settings);
    return policy;
}

}  // namespace citus_init::supervisor
