#include "citus_init/node/place.h"

namespace citus_init::node {

using citus::PlaceState;

Place initial_place(const settings::Settings& settings,
                    const std::optional<postgres::NodeMarker>& marker) {
    const auto& citus = settings.citus;
    if (!citus.enable || settings.patroni) {
        return {};
    }
    // A worker asks its database, since the cluster may have taken it in after the marker was
    // written; a coordinator's own agent writes that down.
    const bool may_be_member =
        citus.role == settings::Role::worker ||
        (marker ? marker->is_member.value_or(true) : citus.may_have_workers());
    if (!may_be_member) {
        return {};
    }
    return {false, false, false, {status::ConditionKind::place_unconfirmed}};
}

Place place_after(const Place& before, const status::PlaceReport& report) {
    switch (report.state) {
        case PlaceState::confirmed:
            return {};
        case PlaceState::refused:
            return {false, false, true, report.condition};
        case PlaceState::provisional:
            return before.is_confirmed ? before : Place{true, false, false, {}};
        case PlaceState::waiting:
            // What is open stays open: clients are there already.
            return before.is_open ? before : Place{false, false, false, report.condition};
    }
    return before;
}

render::Clients clients_of(const Node& node) {
    const auto& citus = node.settings.citus;
    if (!citus.enable || node.settings.patroni) {
        return render::Clients::as_configured;
    }
    if (!node.place.is_open || !is_none(node.unfit)) {
        return render::Clients::shut_out;
    }
    const bool has_others = citus.role == settings::Role::worker || citus.may_have_workers() ||
                            node.marker_on_disk.is_member.value_or(false);
    return has_others ? render::Clients::may_be_shut_out : render::Clients::as_configured;
}

bool is_held_back(const Node& node) {
    return !node.place.is_confirmed || !is_none(node.unfit);
}

const status::Condition& why_closed(const Node& node) {
    return is_none(node.unfit) ? node.place.condition : node.unfit;
}

}  // namespace citus_init::node
