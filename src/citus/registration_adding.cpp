// The half of WorkerRegistration that changes something: everything that is done on the
// coordinator.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/registration.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/retry_delay.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

constexpr int kMostConflicts = 8;

// Whether a failure of a statement about other nodes was ours: Citus tells a worker's broken
// connection with the same SQLSTATE.
SqlResult<void> check_own_session(Session& session) {
    const auto answer = session.query("SELECT 1");
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return {};
}

}  // namespace

SqlResult<bool> WorkerRegistration::settle_own_address(Pass& pass) {
    const auto changed =
        ensure_coordinator_address(pass.coordinator, pass.view.cluster, settings_.coordinator);
    if (!changed) {
        pass.obstacle =
            fmt::format("the coordinator's registered address cannot be changed to {} now: {}",
                        settings_.coordinator.text(), changed.error().text());
        if (auto own = check_own_session(pass.coordinator); !own) {
            return tl::unexpected(own.error());
        }
        return false;
    }
    if (!*changed) {
        return false;
    }
    pass.report.changes.push_back(
        fmt::format("registered the coordinator as {}", settings_.coordinator.text()));
    auto cluster = read_cluster(pass.coordinator);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    pass.view.cluster = std::move(*cluster);
    return true;
}

SqlResult<void> WorkerRegistration::add(Worker& worker, Pass& pass) {
    if (const std::string& reason = obstacle(pass); !reason.empty()) {
        retry_later(worker, Standing::fresh, "has to wait: " + reason, pass);
        return {};
    }
    // Once more, right before: the server may have been added under another name a moment ago, or
    // somebody may have created a table.
    auto again = read_membership_facts(*worker.probed->session);
    if (!again) {
        retry_later(worker, Standing::unreachable, again.error().text(), pass);
        return {};
    }
    worker.probed->facts.membership = *again;
    auto classification = classify_now(worker, pass);
    if (classification.standing != Standing::fresh) {
        settle(worker, std::move(classification), pass);
        return {};
    }
    const auto added = pass.coordinator.query(
        statement::kAddNode, {worker.address.host, std::to_string(worker.address.port)});
    return added ? verify_added(worker, pass) : add_failed(worker, added.error(), pass);
}

SqlResult<void> WorkerRegistration::add_failed(Worker& worker, const SqlError& error, Pass& pass) {
    if (auto own = check_own_session(pass.coordinator); !own) {
        return own;
    }
    const std::string reason = "citus_add_node() failed: " + error.text();
    switch (failure_kind(error)) {
        case FailureKind::conflict:
            if (worker.conflicts++ < kMostConflicts) {
                worker.standing = Standing::fresh;
                worker.due = pass.now + conflict_delay(random_());
                return {};
            }
            settle(worker,
                   {Standing::fresh, reason + ". Is the same server named twice, or does a schema "
                                              "change hold its locks?"},
                   pass);
            return {};
        case FailureKind::unreachable:
            retry_later(worker, Standing::fresh, reason, pass);
            return {};
        case FailureKind::permanent:
            settle(worker, {Standing::fresh, reason}, pass);
            return {};
    }
    return {};
}

SqlResult<void> WorkerRegistration::verify_added(Worker& worker, Pass& pass) {
    auto cluster = read_cluster(pass.coordinator);
    if (!cluster) {
        return tl::unexpected(cluster.error());
    }
    pass.view.cluster = std::move(*cluster);
    auto facts = read_membership_facts(*worker.probed->session);
    if (!facts) {
        retry_later(worker, Standing::unreachable, facts.error().text(), pass);
        return {};
    }
    worker.probed->facts.membership = *facts;
    worker.in_a_cluster = facts->group_id != 0;
    worker.identity = {worker.probed->facts.server.system_identifier, facts->server_id};
    pass.report.changes.push_back(fmt::format("registered the worker {}", worker.address.text()));
    settle(worker, classify_now(worker, pass), pass);
    return {};
}

// citus_add_node() needs every active worker. With one of them down it can only fail, and would
// hold the lock on pg_dist_node until it did.
const std::string& WorkerRegistration::obstacle(Pass& pass) {
    if (pass.obstacle.empty() && !pass.obstacles_examined) {
        for (const auto& node : pass.view.cluster.workers) {
            pass.obstacle = obstacle_at(node);
            if (!pass.obstacle.empty()) {
                break;
            }
        }
    }
    pass.obstacles_examined = true;
    return pass.obstacle;
}

std::string WorkerRegistration::obstacle_at(const RegisteredNode& node) {
    if (!node.active) {
        return {};
    }
    if (!node.metadata_synced) {
        return fmt::format("the metadata of the registered worker {} is out of sync",
                           node.address.text());
    }
    const bool answered = std::any_of(workers_.begin(), workers_.end(), [&](const Worker& worker) {
        return worker.address == node.address && worker.probed;
    });
    if (answered) {
        return {};
    }
    const auto session = connector_.connect(target_of(node.address));
    if (session) {
        return {};
    }
    return fmt::format(
        "the registered worker {} does not answer, and Citus adds no node while one is down: {}",
        node.address.text(), session.error().text());
}

// ALTER EXTENSION citus UPDATE was each node's own; this needs all of them at the same version.
SqlResult<void> WorkerRegistration::finish_upgrade(Pass& pass) {
    const auto& own = pass.view.own;
    const bool due =
        parse_extension_version(own.membership->last_upgrade_version) != own.server.extension;
    const bool all_updated = std::all_of(
        pass.view.cluster.workers.begin(), pass.view.cluster.workers.end(), [&](const auto& node) {
            return std::any_of(workers_.begin(), workers_.end(), [&](const Worker& worker) {
                return worker.address == node.address && worker.probed &&
                       worker.probed->facts.server.extension == own.server.extension;
            });
        });
    if (upgrade_finished_ || !due || !all_updated) {
        return {};
    }
    if (const auto finished = pass.coordinator.query(statement::kFinishUpgrade); !finished) {
        pass.report.warnings.push_back(fmt::format(
            "citus_finish_citus_upgrade() failed and is tried again: {}", finished.error().text()));
        return check_own_session(pass.coordinator);
    }
    upgrade_finished_ = true;
    return {};
}

}  // namespace citus_init::citus
