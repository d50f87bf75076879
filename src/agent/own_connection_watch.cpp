#include "agent/own_connection_watch.h"

#include <algorithm>

#include "citus_init/base/text.h"
#include "citus_init/citus/own_connection.h"

namespace citus_init::agent {

OwnConnectionWatch::OwnConnectionWatch(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter) {
    if (context.settings.citus.role == settings::Role::coordinator) {
        unregistered_ = context.node_spec().address;
    }
}

void OwnConnectionWatch::probe_soon() {
    if (context_.settings.citus.enable) {
        due_ = Clock::time_point{};
    }
}

void OwnConnectionWatch::probe(Clock::time_point now) {
    static_cast<void>(try_once());
    report(now);
}

bool OwnConnectionWatch::try_once() {
    const auto failure =
        citus::connect_to_own_node(*context_.connector, context_.local_target(), unregistered_);
    is_known_ = failure.has_value();
    if (is_known_) {
        was_known_ = true;
        failure_ = *failure ? to_string(**failure) : "";
    } else if (!was_known_) {
        failure_ = one_line(failure.error().message);
    }
    return failure_.empty();
}

void OwnConnectionWatch::report(Clock::time_point now) {
    constexpr std::chrono::seconds kWhileUnknown{1};
    const std::chrono::milliseconds interval = context_.settings.citus.reconcile_interval;
    reporter_.own_connection(failure_);
    due_ = std::nullopt;
    if (!is_known_) {
        due_ = now + std::min<std::chrono::milliseconds>(kWhileUnknown, interval);
    } else if (!failure_.empty()) {
        due_ = now + interval;
    }
}

}  // namespace citus_init::agent
