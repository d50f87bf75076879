#include "citus_init/citus/membership/node_lock.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

SqlError with_holder(Session& node, SqlError error) {
    const auto holder = node.query(statement::kNodeLockHolder);
    error.message = fmt::format(
        "another citus-init acts on this server now (node lock held{})",
        holder && !holder->empty() && !holder->at(0, 0).empty() ? " from " + holder->at(0, 0) : "");
    return error;
}

}  // namespace

bool is_held_by_another(const SqlError& error) {
    return error.sqlstate == sqlstate::kLockNotAvailable;
}

SqlResult<void> lock_node(Session& node, LockMode mode, std::chrono::milliseconds wait) {
    const auto set =
        node.query(statement::kPrepareNodeLock, {fmt::format("{}ms", wait.count() + 1)});
    if (!set) {
        return tl::unexpected(set.error());
    }
    const auto locked =
        node.query(mode == LockMode::exclusive ? statement::kLockNode : statement::kLockNodeShared);
    if (!locked) {
        return tl::unexpected(is_held_by_another(locked.error()) ? with_holder(node, locked.error())
                                                                 : locked.error());
    }
    return {};
}

SqlResult<Candidate> lock_and_examine(std::unique_ptr<Session> session, LockMode mode,
                                      std::chrono::milliseconds wait) {
    if (const auto locked = lock_node(*session, mode, wait); !locked) {
        return tl::unexpected(locked.error());
    }
    return examine(std::move(session));
}

SqlResult<Candidate> lock_and_examine(Connector& connector, const ConnectionTarget& target,
                                      LockMode mode, std::chrono::milliseconds wait) {
    auto session = connector.connect(target);
    if (!session) {
        return tl::unexpected(session.error());
    }
    return lock_and_examine(std::move(*session), mode, wait);
}

SqlResult<std::string> connection_mark(Session& coordinator) {
    const auto there = ask(coordinator, statement::kMarksConnections);
    if (!there) {
        return tl::unexpected(there.error());
    }
    if (!*there) {
        return std::string{};
    }
    const auto mark = coordinator.query(statement::kConnectionMark);
    if (!mark) {
        return tl::unexpected(mark.error());
    }
    return mark->at(0, 0);
}

SqlResult<bool> has_connection(Session& node, const std::string& mark) {
    return ask(node, statement::kHasConnection, {mark});
}

SqlResult<std::string> server_id_of_coordinator(Session& worker) {
    const auto there = ask(worker, statement::kCanAskCoordinator);
    if (!there) {
        return tl::unexpected(there.error());
    }
    if (!*there) {
        return std::string{};
    }
    const auto answer = worker.query(statement::kCoordinatorsServerId);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    if (answer->empty() || !answer->is_true(0, 0)) {
        return tl::unexpected(
            SqlError{sqlstate::kConnectionFailure,
                     "the worker does not reach its coordinator: " +
                         (answer->empty() ? std::string("no answer") : answer->at(0, 1)),
                     {},
                     {}});
    }
    return answer->at(0, 1);
}

}  // namespace citus_init::citus
