#include <chrono>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/membership/node_lock.h"
#include "citus_init/citus/operations/node_removal.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/drained_node.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/cluster/proven_workers.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

constexpr std::chrono::minutes kCleanUpTimeout{2};
constexpr std::chrono::seconds kLeaveLockWait{10};

// From now on nobody else may act on it; who answers is asked once more.
Status hold_alone(DrainedNode& drained) {
    CITUS_INIT_TRY(require_unchanged(drained.held, drained.cluster));
    const auto& address = drained.node.address;
    if (citus::Session* session = drained.held.session_on(address)) {
        const auto locked = citus::lock_node(*session, citus::LockMode::exclusive, kLeaveLockWait);
        return locked ? Status{}
                      : fail(citus::sql_failure("cannot hold " + address.text(), locked.error()));
    }
    if (drained.cluster.answers(address)) {
        return fail(refusal(fmt::format(
            "{} did not answer, and does now: nothing was changed. Try again", address.text())));
    }
    return {};
}

Status take_out(DrainedNode& drained) {
    CITUS_INIT_TRY(hold_alone(drained));
    auto& coordinator = *drained.cluster.coordinator;
    const auto& node = drained.node;
    const bool removed_node = drained.held.session_on(node.address) != nullptr;
    if (removed_node) {
        const auto left = citus::clean_up(coordinator, node.group_id, kCleanUpTimeout);
        if (!left) {
            return fail(citus::sql_failure("cannot drop what the moves left", left.error()));
        }
        if (*left > 0) {
            return fail(refusal(fmt::format(
                "{} things that moves left on {} cannot be dropped yet (pg_dist_cleanup). A node "
                "that is removed now could never come back clean: try again later",
                *left, node.address.text())));
        }
    }
    const auto removed = citus::remove_empty_node(coordinator, node, drained.held);
    if (!removed) {
        return fail(citus::sql_failure(
            fmt::format("cannot remove {}; it holds no shards any more", node.address.text()),
            removed.error()));
    }
    if (!removed_node) {
        fmt::print(stderr,
                   "{} did not answer, so it does not know that it was removed: do not start it "
                   "again with its old data\n",
                   node.address.text());
    }
    return {};
}

}  // namespace

int run_remove(const settings::Environment& environment, const std::string& node,
               const MoveVerbOptions& options) {
    process::block_signals();
    auto drained = open_drained_node(environment, node);
    if (!drained) {
        return end_verb(drained.error());
    }
    if (drained->node.group_id == 0) {
        return end_refused(
            refusal(fmt::format("{} is the coordinator, without which there is no cluster",
                                drained->node.address.text())));
    }
    if (const Status proven = require_proven(drained->held, drained->node.address); !proven) {
        return end_refused(proven.error());
    }
    const auto end = drain(*drained, {options.mode, false});
    if (!end) {
        return end_refused(end.error());
    }
    if (*end == MovesEnd::left_running) {
        return kNotDone;
    }
    if (const Status out = take_out(*drained); !out) {
        return end_refused(undone(*drained, out.error()));
    }
    fmt::print("{} is no node of the cluster any more\n", drained->node.address.text());
    return 0;
}

}  // namespace citus_init::cli
