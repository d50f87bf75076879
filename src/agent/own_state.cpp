#include "agent/own_state.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

using citus::RecordedOwnState;
using status::Condition;
using status::ConditionKind;

// What the coordinator has recorded; none where that is nothing to be reported.
Condition recorded_condition(const RecordedOwnState& recorded, const HostPort& announced) {
    Condition condition;
    condition.detail = one_line(recorded.reason);
    condition.address = announced;
    if (recorded.same_server == false) {
        condition.kind = ConditionKind::other_server_answers;
        return condition;
    }
    condition.kind = ConditionKind::recorded_state;
    condition.state = recorded.node_class.empty() ? recorded.state : recorded.node_class;
    return condition.detail.empty() ? Condition() : condition;
}

Condition with_cause(ConditionKind kind, const Condition& cause) {
    Condition condition{kind};
    if (!is_none(cause)) {
        condition.causes.push_back(cause);
    }
    return condition;
}

// It believes that it is a member, and is none any more, or none of this cluster.
bool is_cast_out(const RecordedOwnState& recorded) {
    return !recorded.registered && recorded.same_server == true &&
           recorded.state == citus::state_name(citus::NodeState::blocked);
}

Condition member_condition(const citus::OwnPlace& place, const HostPort& announced) {
    Condition condition{ConditionKind::joined};
    condition.number = place.group_id;
    if (place.registered && *place.registered != announced) {
        condition.kind = ConditionKind::joined_elsewhere;
        condition.address = announced;
        condition.registered = place.registered;
    }
    return condition;
}

}  // namespace

OwnState own_state(const citus::OwnPlace& place, const HostPort& announced,
                   const HostPort& coordinator, const std::optional<RecordedOwnState>& recorded) {
    OwnState own;
    const Condition cause = recorded ? recorded_condition(*recorded, announced) : Condition();
    if (recorded && citus::is_impostor(*recorded)) {
        own.membership.kind = ConditionKind::place_taken;
        own.unfit = with_cause(ConditionKind::impostor, cause);
    } else if (place.group_id == 0) {
        own.membership = with_cause(ConditionKind::announced, cause);
        own.membership.address = coordinator;
    } else if (recorded && is_cast_out(*recorded)) {
        own.membership = with_cause(ConditionKind::not_joined, cause);
        own.unfit = with_cause(ConditionKind::impostor, cause);
    } else {
        own.membership = member_condition(place, announced);
        own.joined = true;
        own.settled = place.registered == announced && is_none(cause);
    }
    if (recorded && recorded->alarm && !is_none(cause)) {
        own.warning =
            fmt::format("the coordinator {} says: {}", coordinator.text(), status::text_of(cause));
    }
    return own;
}

}  // namespace citus_init::agent
