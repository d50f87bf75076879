#include <algorithm>
#include <cstdlib>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/node/node_name.h"

#include "agent/coordinator_target.h"
#include "agent/restore_work.h"

namespace citus_init::agent {

citus::SqlResult<std::string> WorkerRestore::work(citus::Session& own) {
    const auto address = coordinator_of(context());
    const auto coordinator = connect_to_coordinator(context(), coordinator_target(context(), own));
    const auto there =
        coordinator ? citus::read_restored_point(**coordinator)
                    : citus::SqlResult<citus::RestoredNode>(tl::unexpected(coordinator.error()));
    if (!there) {
        return fmt::format("the coordinator {} cannot be reached yet: {}", address.text(),
                           one_line(there.error().text()));
    }
    if (there->target.empty()) {
        return rejoin(**coordinator);
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

// A coordinator that is not being restored: the cluster lives, and has lost this node's data. What
// the others have committed since the point is in the WAL behind it.
citus::SqlResult<std::string> WorkerRestore::rejoin(citus::Session& coordinator) {
    const std::string address = coordinator_of(context()).text();
    if (!may_choose_anew()) {
        return fmt::format(
            "the coordinator {} is not being restored. One group alone at a point of the past "
            "would not fit to the others. To restore the whole cluster, restore the coordinator "
            "and every worker to the same point; to restore this worker alone, to the end of its "
            "WAL, empty its data directory and set CITUS_RESTORE=latest",
            address);
    }
    const auto rows = citus::read_node_rows(coordinator);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    const HostPort own = own_address();
    const bool any_member = std::getenv(node::kGroupKnownVariable) != nullptr;
    const bool is_its_own = std::any_of(rows->begin(), rows->end(), [&](const citus::NodeRow& row) {
        return row.group_id == record().group && row.is_primary &&
               (any_member || row.address == own);
    });
    if (!is_its_own) {
        return fmt::format(
            "the coordinator {} is not being restored, and has no worker {} of group {}, which "
            "this node would be. A worker of a cluster that lives is restored under the address "
            "that it had; to restore the whole cluster, set CITUS_RESTORE on its coordinator, too",
            address, own.text(), record().group);
    }
    report_once({status::RestoreStep::end_of_wal, "", ""});
    return std::string("the cluster lives: this node is restored to the end of its WAL");
}

// A coordinator that is restored to another point.
std::string WorkerRestore::follow(const citus::RestoredNode& coordinator) {
    if (!may_choose_anew()) {
        return fmt::format(
            "the coordinator {} is being restored to another point, {}. Set CITUS_RESTORE to the "
            "same one on every node, and empty the data directories of those that had another",
            coordinator_of(context()).text(), coordinator.point);
    }
    report_once({status::RestoreStep::other_point, "", coordinator.point});
    return "the coordinator is being restored to another point";
}

citus::SqlResult<void> WorkerRestore::announce(citus::Session& own, citus::Session& coordinator) {
    const auto place = citus::read_own_place(own);
    if (!place) {
        return tl::unexpected(place.error());
    }
    return citus::announce(coordinator, own_address(), place->identity);
}

HostPort WorkerRestore::own_address() const {
    const auto& citus = context().settings.citus;
    return {node::announced_host(citus), citus.node_port.value_or(context().server.port)};
}

}  // namespace citus_init::agent
