#include "agent/own_connection_watch.h"

#include <algorithm>

#include "citus_init/base/text.h"

namespace citus_init::agent {

status::Condition condition_of(const citus::OwnConnectionFailure& failure) {
    status::Condition condition{status::ConditionKind::own_connection_failed};
    condition.name = failure.user;
    condition.detail = one_line(failure.cause);
    condition.address = failure.address;
    condition.with_certificates = failure.has_certificates;
    return condition;
}

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

bool OwnConnectionWatch::try_once(std::unique_ptr<citus::Session> unused) {
    const auto target = context_.local_target();
    const auto failure =
        unused ? citus::connect_to_own_node(*unused, target.user, unregistered_)
               : citus::connect_to_own_node(*context_.connector, target, unregistered_);
    is_known_ = failure.has_value();
    if (is_known_) {
        was_known_ = true;
        failure_ = *failure ? condition_of(**failure) : status::Condition();
    } else if (!was_known_) {
        failure_ = {status::ConditionKind::own_connection_unknown, "", "",
                    one_line(failure.error().message)};
    }
    return is_none(failure_);
}

void OwnConnectionWatch::report(Clock::time_point now) {
    constexpr std::chrono::seconds kWhileUnknown{1};
    const std::chrono::milliseconds interval = context_.settings.citus.reconcile_interval;
    reporter_.report(status::OwnConnectionReport{failure_});
    due_ = std::nullopt;
    if (!is_known_) {
        due_ = now + std::min<std::chrono::milliseconds>(kWhileUnknown, interval);
    } else if (!is_none(failure_)) {
        due_ = now + interval;
    }
}

}  // namespace citus_init::agent
