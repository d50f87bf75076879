#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/node/node_name.h"

#include "agent/coordinator_target.h"
#include "agent/restore_work.h"

namespace citus_init::agent {

citus::SqlResult<std::string> WorkerRestore::work(citus::Session& own) {
    const auto address = coordinator_of(context());
    const auto coordinator = connect(own);
    const auto there =
        coordinator ? citus::read_restored_point(**coordinator)
                    : citus::SqlResult<citus::RestoredNode>(tl::unexpected(coordinator.error()));
    if (!there) {
        ask_again_after_a_while();
        return fmt::format("the coordinator {} cannot be reached yet: {}", address.text(),
                           one_line(there.error().text()));
    }
    unanswered_since_.reset();
    if (there->target.empty()) {
        return rejoin(own, **coordinator);
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

// With Patroni the coordinator may be another member by now than etcd said.
void WorkerRestore::ask_again_after_a_while() {
    constexpr std::chrono::minutes kLongest{30};
    const auto now = std::chrono::steady_clock::now();
    const auto since = unanswered_since_.value_or(now);
    unanswered_since_ = since;
    if (is_member_ && now - since >= kLongest) {
        report_once({status::RestoreStep::ask_again, "", ""});
    }
}

// One that is restored, too, admits nodes that it does not know yet in one role; one that Patroni
// manages and that lives knows this member by etcd, and may not have that role.
citus::SqlResult<std::unique_ptr<citus::Session>> WorkerRestore::connect(citus::Session& own) {
    auto session = connect_to_coordinator(context(), coordinator_target(context(), own));
    return session || !is_member_ ? std::move(session) : connect_as_superuser(own);
}

citus::SqlResult<std::unique_ptr<citus::Session>> WorkerRestore::connect_as_superuser(
    citus::Session& own) {
    auto target = coordinator_target(context(), own);
    target.user = context().settings.postgres.user;
    return connect_to_coordinator(context(), target);
}

// A coordinator that is not being restored: the cluster lives, and has lost this node's data. What
// the others have committed since the point is in the WAL behind it.
citus::SqlResult<std::string> WorkerRestore::rejoin(citus::Session& own,
                                                    citus::Session& coordinator) {
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
    const HostPort here = own_address();
    if (auto foreign = foreign_text(own); !foreign || !foreign->empty()) {
        return foreign;
    }
    const bool is_its_own = std::any_of(rows->begin(), rows->end(), [&](const citus::NodeRow& row) {
        return row.group_id == record().group && row.is_primary &&
               (is_member_ || row.address == here);
    });
    if (!is_its_own) {
        return fmt::format(
            "the coordinator {} is not being restored, and has no worker {} of group {}, which "
            "this node would be. A worker of a cluster that lives is restored under the address "
            "that it had; to restore the whole cluster, set CITUS_RESTORE on its coordinator, too",
            address, here.text(), record().group);
    }
    report_once({status::RestoreStep::end_of_wal, "", ""});
    return std::string("the cluster lives: this node is restored to the end of its WAL");
}

// etcd says which coordinator it is, and not whose data was restored here. "" = of its cluster.
citus::SqlResult<std::string> WorkerRestore::foreign_text(citus::Session& own) {
    if (!is_member_) {
        return std::string();
    }
    const auto coordinator = connect_as_superuser(own);
    const auto node =
        coordinator ? citus::read_restored_node(**coordinator)
                    : citus::SqlResult<citus::RestoredNode>(tl::unexpected(coordinator.error()));
    if (!node) {
        return tl::unexpected(node.error());
    }
    const auto& groups = record().groups;
    const bool is_known = std::any_of(groups.begin(), groups.end(), [&](const auto& group) {
        return group.group == 0 && group.system_identifier == node->system_identifier;
    });
    return is_known
               ? std::string()
               : fmt::format(
                     "the coordinator {} is of another cluster than the one that was "
                     "saved as {} (system identifier {}). Set CITUS_BACKUP_NAME or "
                     "CITUS_RESTORE_FROM to the name of its own, and empty the data "
                     "directory",
                     coordinator_of(context()).text(), record().stanza, node->system_identifier);
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
