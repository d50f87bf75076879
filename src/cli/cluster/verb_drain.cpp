#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/operations/node_listing.h"
#include "citus_init/citus/operations/node_removal.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/drained_node.h"
#include "cli/cluster/find_node.h"
#include "cli/cluster/move_progress.h"
#include "cli/cluster/moves.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/cluster/proven_workers.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

Result<citus::Holdings> holdings_of(const DrainedNode& drained) {
    auto holdings = citus::read_holdings(*drained.cluster.coordinator, drained.node.group_id);
    if (!holdings) {
        return fail(citus::sql_failure("cannot read the node's shards", holdings.error()));
    }
    return std::move(*holdings);
}

// What its shards take; one that is away is not asked.
std::string size_of(const DrainedNode& drained) {
    if (!drained.away) {
        const auto sizes = citus::read_shard_sizes(*drained.cluster.coordinator);
        if (const auto size = sizes.find(drained.node.group_id); size != sizes.end()) {
            return size_text(size->second);
        }
    }
    return "size unknown";
}

Status check_drainable(const DrainedNode& drained, const citus::Holdings& holdings) {
    auto& coordinator = *drained.cluster.coordinator;
    const auto other = citus::has_other_shard_node(coordinator, drained.node.group_id);
    if (!other) {
        return fail(citus::sql_failure("cannot read pg_dist_node", other.error()));
    }
    if (!*other && holdings.placements > 0) {
        return fail(refusal(fmt::format(
            "no other node may hold shards, so the {} of {} ({}) have nowhere to go. Add a "
            "worker first, or let the coordinator hold shards "
            "(citus_set_node_property)",
            holdings.placements, drained.node.address.text(), size_of(drained))));
    }
    if (holdings.sole_placements > 0 && drained.away) {
        return fail(refusal(fmt::format(
            "{} does not answer, and it holds the only copy of {} shards (tables {}; {}). Bring it "
            "back with its data, or restore its backup: no shard can be moved off a node that is "
            "away",
            drained.node.address.text(), holdings.sole_placements, join(holdings.tables, ", "),
            size_of(drained))));
    }
    return {};
}

void report_other_draining_nodes(const DrainedNode& drained) {
    const auto others =
        citus::other_draining_nodes(*drained.cluster.coordinator, drained.node.group_id);
    for (const auto& other : others.value_or(std::vector<HostPort>{})) {
        fmt::print(stderr,
                   "{} is not to have shards either, but has some: Citus moves them along\n",
                   other.text());
    }
}

// Until no shard is left on the node, which is to have none any more.
Result<MovesEnd> move_away(DrainedNode& drained, citus::Holdings found,
                           const MoveVerbOptions& options) {
    Result<citus::Holdings> holdings = std::move(found);
    report_other_draining_nodes(drained);
    // A job that ran already may have been another one: list again until nothing is left.
    for (int round = 0; round < 2 && holdings->placements > 0; ++round) {
        auto end = run_moves(drained.cluster, drained.held, {true, options.mode}, !options.detach);
        if (!end || *end == MovesEnd::left_running) {
            return end;
        }
        holdings = holdings_of(drained);
        if (!holdings) {
            return fail(holdings.error());
        }
    }
    if (holdings->placements > 0) {
        return fail(refusal(fmt::format("{} still holds {} shards: see SELECT * FROM citus_shards",
                                        drained.node.address.text(), holdings->placements)));
    }
    return MovesEnd::done;
}

}  // namespace

Error refusal(std::string reason) {
    return Error{ExitCode::not_done, std::move(reason)};
}

Result<DrainedNode> open_drained_node(const settings::Environment& environment,
                                      const std::string& name) {
    auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return fail(cluster.error());
    }
    const auto now = citus::read_cluster(*cluster->coordinator);
    if (!now) {
        return fail(citus::sql_failure("cannot read pg_dist_node", now.error()));
    }
    auto node = find_node(*now, name);
    if (!node) {
        return fail(node.error());
    }
    auto held = cluster->hold_workers();
    if (!held) {
        return fail(held.error());
    }
    const citus::Unproven* refused = held->refusal_of(node->address);
    const bool away = refused != nullptr && refused->why == citus::Refusal::away;
    return DrainedNode{std::move(*cluster), std::move(*node), std::move(*held), away};
}

Status allow_shards(DrainedNode& drained, bool wanted) {
    const auto set = citus::set_should_have_shards(*drained.cluster.coordinator, drained.node,
                                                   wanted, drained.held);
    return set ? Status{}
               : fail(citus::sql_failure(wanted ? "cannot let the node have shards"
                                                : "cannot keep new shards off the node",
                                         set.error()));
}

// While a job still moves the node's shards away, others would come to it again.
Status require_no_job(citus::Session& coordinator) {
    const auto job = citus::unfinished_job(coordinator);
    if (!job && citus::failure_kind(job.error()) == citus::FailureKind::permanent) {
        return {};  // a Citus without background jobs
    }
    if (!job) {
        return fail(citus::sql_failure("cannot list the moves that still run", job.error()));
    }
    return *job ? fail(refusal(fmt::format("job {} still moves its shards", **job))) : Status();
}

Status let_have_shards_again(DrainedNode& drained) {
    CITUS_INIT_TRY(require_no_job(*drained.cluster.coordinator));
    CITUS_INIT_TRY(require_unchanged(drained.held, drained.cluster));
    return allow_shards(drained, true);
}

// As it was before the verb, unless that would write it for another server.
Error undone(DrainedNode& drained, Error error) {
    if (!drained.node.should_have_shards || drained.away) {
        return error;
    }
    const Status back =
        error.code == ExitCode::identity ? Status(fail(error)) : let_have_shards_again(drained);
    if (!back) {
        error.message += fmt::format(
            ". The node gets no new shards until `citus-init drain {} --undo`, which could not be "
            "done now{}",
            drained.node.address.text(),
            error.code == ExitCode::identity ? "" : ": " + back.error().message);
    }
    return error;
}

Result<MovesEnd> drain(DrainedNode& drained, const MoveVerbOptions& options) {
    auto holdings = holdings_of(drained);
    if (!holdings) {
        return fail(holdings.error());
    }
    CITUS_INIT_TRY(check_drainable(drained, *holdings));
    if (drained.away) {
        return MovesEnd::done;  // nothing but copies: Citus changes no property of such a node
    }
    if (drained.node.should_have_shards) {
        CITUS_INIT_TRY(allow_shards(drained, false));
    }
    auto end = move_away(drained, std::move(*holdings), options);
    return end ? end : Result<MovesEnd>(fail(undone(drained, end.error())));
}

int run_drain(const settings::Environment& environment, const std::string& node,
              const MoveVerbOptions& options) {
    process::block_signals();
    auto drained = open_drained_node(environment, node);
    if (!drained) {
        return end_verb(drained.error());
    }
    if (drained->away) {
        return end_refused(refusal(fmt::format("{} does not answer, so nothing can be moved off it",
                                               drained->node.address.text())));
    }
    if (const Status proven = require_proven(drained->held, std::nullopt); !proven) {
        return end_refused(proven.error());
    }
    const auto end = drain(*drained, options);
    if (!end) {
        return end_refused(end.error());
    }
    if (*end == MovesEnd::left_running) {
        return options.detach ? 0 : kNotDone;
    }
    fmt::print("{} holds no shards and gets none\n", drained->node.address.text());
    return 0;
}

int run_undo_drain(const settings::Environment& environment, const std::string& node) {
    auto drained = open_drained_node(environment, node);
    if (!drained) {
        return end_verb(drained.error());
    }
    const Status proven = require_proven(drained->held, std::nullopt);
    const Status set = proven ? allow_shards(*drained, true) : proven;
    if (!set) {
        return end_refused(set.error());
    }
    fmt::print("{} may have shards; `citus-init rebalance` brings some\n",
               drained->node.address.text());
    return 0;
}

}  // namespace citus_init::cli
