#include "agent/own_state.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

using citus::RecordedOwnState;

// "w2:5432 (dirty) is not empty: ...", "" where there is nothing to say.
std::string said_text(const RecordedOwnState& recorded, const HostPort& announced) {
    const std::string reason = one_line(recorded.reason);
    if (recorded.same_server == false) {
        return fmt::format("under {} another server than this one answers the coordinator{}{}",
                           announced.text(), reason.empty() ? "" : ", which ", reason);
    }
    return reason.empty()
               ? std::string{}
               : fmt::format("{} ({}) {}", announced.text(),
                             recorded.node_class.empty() ? recorded.state : recorded.node_class,
                             reason);
}

// It believes that it is a member, and is none any more, or none of this cluster.
bool is_cast_out(const RecordedOwnState& recorded) {
    return !recorded.registered && recorded.same_server == true &&
           recorded.state == citus::state_name(citus::NodeState::blocked);
}

std::string member_text(const citus::OwnPlace& place, const HostPort& announced) {
    const std::string text = fmt::format("joined as group {}", place.group_id);
    return place.registered && *place.registered != announced
               ? fmt::format("{} under {}, announced as {}", text, place.registered->text(),
                             announced.text())
               : text;
}

}  // namespace

OwnState own_state(const citus::OwnPlace& place, const HostPort& announced,
                   const HostPort& coordinator, const std::optional<RecordedOwnState>& recorded) {
    OwnState own;
    const std::string said = recorded ? said_text(*recorded, announced) : std::string{};
    if (recorded && citus::is_impostor(*recorded)) {
        own.membership = "not joined: in the place of another node";
        own.unfit = "clients must not use this node: " + said;
    } else if (place.group_id == 0) {
        own.membership = fmt::format("announced to {}, not joined yet{}{}", coordinator.text(),
                                     said.empty() ? "" : ": ", said);
    } else if (recorded && is_cast_out(*recorded)) {
        own.membership = "not joined: " + said;
        own.unfit = "clients must not use this node: " + said;
    } else {
        own.membership = member_text(place, announced);
        own.joined = true;
        own.settled = place.registered == announced && said.empty();
    }
    if (recorded && recorded->alarm && !said.empty()) {
        own.warning = fmt::format("the coordinator {} says: {}", coordinator.text(), said);
    }
    return own;
}

}  // namespace citus_init::agent
