#include "agent/own_standing.h"

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

using citus::CoordinatorsWord;
using citus::NodeAddress;

// "w2:5432 (dirty) is not empty: ...", "" where there is nothing to say.
std::string said_text(const CoordinatorsWord& word, const NodeAddress& announced) {
    const std::string reason = one_line(word.reason);
    if (word.same_server == false) {
        return fmt::format("under {} another server than this one answers the coordinator{}{}",
                           announced.text(), reason.empty() ? "" : ", which ", reason);
    }
    return reason.empty() ? std::string{}
                          : fmt::format("{} ({}) {}", announced.text(),
                                        word.standing.empty() ? word.state : word.standing, reason);
}

// It believes that it is a member, and is none any more, or none of this cluster.
bool is_cast_out(const CoordinatorsWord& word) {
    return !word.registered && word.same_server == true &&
           word.state == citus::state_word(citus::NodeState::blocked);
}

std::string member_text(const citus::OwnPlace& place, const NodeAddress& announced) {
    const std::string text = fmt::format("joined as group {}", place.group_id);
    return place.registered && *place.registered != announced
               ? fmt::format("{} under {}, announced as {}", text, place.registered->text(),
                             announced.text())
               : text;
}

}  // namespace

OwnStanding own_standing(const citus::OwnPlace& place, const NodeAddress& announced,
                         const NodeAddress& coordinator,
                         const std::optional<CoordinatorsWord>& word) {
    OwnStanding own;
    const std::string said = word ? said_text(*word, announced) : std::string{};
    if (word && citus::is_usurper(*word)) {
        own.membership = "not joined: in the place of another node";
        own.unfit = "clients must not use this node: " + said;
    } else if (place.group_id == 0) {
        own.membership = fmt::format("announced to {}, not joined yet{}{}", coordinator.text(),
                                     said.empty() ? "" : ": ", said);
    } else if (word && is_cast_out(*word)) {
        own.membership = "not joined: " + said;
        own.unfit = "clients must not use this node: " + said;
    } else {
        own.membership = member_text(place, announced);
        own.joined = true;
        own.settled = place.registered == announced && said.empty();
    }
    if (word && word->alarm && !said.empty()) {
        own.warning = fmt::format("the coordinator {} says: {}", coordinator.text(), said);
    }
    return own;
}

}  // namespace citus_init::agent
