#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/node/node_name.h"

#include "agent/coordinator_target.h"
#include "agent/restore_work.h"

namespace citus_init::agent {

using citus::RestoredState;

std::optional<std::string> RestoreWork::pass() {
    const auto session = local_.get();
    const auto waits_for =
        session ? work(**session) : citus::SqlResult<std::string>(tl::unexpected(session.error()));
    local_.drop();
    if (!waits_for) {
        return one_line(waits_for.error().text());
    }
    return waits_for->empty() ? std::nullopt : std::optional(*waits_for);
}

citus::SqlResult<std::string> WorkerRestore::work(citus::Session& own) {
    const auto state = citus::read_restored_state(own, record().target);
    if (!state) {
        return tl::unexpected(state.error());
    }
    const auto wanted = is_settling() ? RestoredState::complete : RestoredState::settled;
    if (*state >= wanted) {
        return std::string();
    }
    const auto address = coordinator_of(context());
    const auto coordinator = connect_to_coordinator(context(), coordinator_target(context(), own));
    const auto there =
        coordinator ? citus::read_restored_point(**coordinator)
                    : citus::SqlResult<citus::RestoredNode>(tl::unexpected(coordinator.error()));
    if (!there) {
        return fmt::format("the coordinator {} cannot be reached yet: {}", address.text(),
                           one_line(there.error().text()));
    }
    if (there->target != record().target) {
        return follow(*there);
    }
    if (is_settling()) {
        return std::string("the coordinator settles the transactions that are in doubt");
    }
    if (const auto announced = announce(own, **coordinator); !announced) {
        return fmt::format("the coordinator {} takes no announcements yet: {}", address.text(),
                           one_line(announced.error().text()));
    }
    return fmt::format("announced to the coordinator {}, which waits for all groups",
                       address.text());
}

// A coordinator that is restored to another point, or to none.
std::string WorkerRestore::follow(const citus::RestoredNode& coordinator) {
    const std::string address = coordinator_of(context()).text();
    if (coordinator.target.empty()) {
        return fmt::format(
            "the coordinator {} is not being restored. One group alone at a point of the past "
            "would not fit to the others: restore the coordinator and every worker to the same "
            "point",
            address);
    }
    const auto& backup = context().settings.backup;
    const bool may_follow = backup && backup->restore.point == settings::kLatestPoint;
    if (is_settling() || !may_follow) {
        return fmt::format(
            "the coordinator {} is being restored to another point, {}. Set CITUS_RESTORE to the "
            "same one on every node, and empty the data directories of those that had another",
            address, coordinator.point);
    }
    if (!point_reported_) {
        point_reported_ = true;
        reporter().report(
            status::RestoreReport{status::RestoreStep::other_point, "", coordinator.point});
    }
    return "the coordinator is being restored to another point";
}

citus::SqlResult<void> WorkerRestore::announce(citus::Session& own, citus::Session& coordinator) {
    const auto place = citus::read_own_place(own);
    if (!place) {
        return tl::unexpected(place.error());
    }
    const auto& citus = context().settings.citus;
    return citus::announce(
        coordinator, {node::announced_host(citus), citus.node_port.value_or(context().server.port)},
        place->identity);
}

}  // namespace citus_init::agent
