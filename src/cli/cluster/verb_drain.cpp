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

Result<citus::Holdings> holdings_of(const Subject& subject) {
    auto holdings = citus::read_holdings(*subject.cluster.coordinator, subject.node.group_id);
    if (!holdings) {
        return fail(citus::sql_failure("cannot read the node's shards", holdings.error()));
    }
    return std::move(*holdings);
}

// What its shards take; one that is away is not asked.
std::string size_of(const Subject& subject) {
    if (!subject.away) {
        const auto sizes = citus::read_shard_sizes(*subject.cluster.coordinator);
        if (const auto size = sizes.find(subject.node.group_id); size != sizes.end()) {
            return size_text(size->second);
        }
    }
    return "size unknown";
}

Status check_drainable(const Subject& subject, const citus::Holdings& holdings) {
    auto& coordinator = *subject.cluster.coordinator;
    const auto other = citus::has_other_shard_node(coordinator, subject.node.group_id);
    if (!other) {
        return fail(citus::sql_failure("cannot read pg_dist_node", other.error()));
    }
    if (!*other && holdings.placements > 0) {
        return fail(refusal(fmt::format(
            "no other node may hold shards, so the {} of {} ({}) have nowhere to go. Add a "
            "worker first, or let the coordinator hold shards "
            "(citus_set_node_property)",
            holdings.placements, subject.node.address.text(), size_of(subject))));
    }
    if (holdings.sole_placements > 0 && subject.away) {
        return fail(refusal(fmt::format(
            "{} does not answer, and it holds the only copy of {} shards (tables {}; {}). Bring it "
            "back with its data, or restore its backup: no shard can be moved off a node that is "
            "away",
            subject.node.address.text(), holdings.sole_placements, join(holdings.tables, ", "),
            size_of(subject))));
    }
    return {};
}

void report_other_draining_nodes(const Subject& subject) {
    const auto others =
        citus::other_draining_nodes(*subject.cluster.coordinator, subject.node.group_id);
    for (const auto& other : others.value_or(std::vector<HostPort>{})) {
        fmt::print(stderr,
                   "{} is not to have shards either, but has some: Citus moves them along\n",
                   other.text());
    }
}

// Until no shard is left on the node, which is to have none any more.
Result<MovesEnd> move_away(Subject& subject, citus::Holdings found,
                           const MoveVerbOptions& options) {
    Result<citus::Holdings> holdings = std::move(found);
    report_other_draining_nodes(subject);
    // A job that ran already may have been another one: list again until nothing is left.
    for (int round = 0; round < 2 && holdings->placements > 0; ++round) {
        auto end = run_moves(subject.cluster, subject.held, {true, options.mode}, !options.detach);
        if (!end || *end == MovesEnd::left_running) {
            return end;
        }
        holdings = holdings_of(subject);
        if (!holdings) {
            return fail(holdings.error());
        }
    }
    if (holdings->placements > 0) {
        return fail(refusal(fmt::format("{} still holds {} shards: see SELECT * FROM citus_shards",
                                        subject.node.address.text(), holdings->placements)));
    }
    return MovesEnd::done;
}

}  // namespace

Error refusal(std::string reason) {
    return Error{ExitCode::not_done, std::move(reason)};
}

Result<Subject> open_subject(const settings::Environment& environment, const std::string& name) {
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
    return Subject{std::move(*cluster), std::move(*node), std::move(*held), away};
}

Status allow_shards(Subject& subject, bool wanted) {
    const auto set = citus::set_should_have_shards(*subject.cluster.coordinator, subject.node,
                                                   wanted, subject.held);
    return set ? Status{}
               : fail(citus::sql_failure(wanted ? "cannot let the node have shards"
                                                : "cannot keep new shards off the node",
                                         set.error()));
}

// As it was before the verb, unless that would write it for another server.
Error undone(Subject& subject, Error error) {
    if (!subject.node.should_have_shards || subject.away) {
        return error;
    }
    const Status unchanged = error.code == ExitCode::identity
                                 ? Status(fail(error))
                                 : require_unchanged(subject.held, subject.cluster);
    const Status back = unchanged ? allow_shards(subject, true) : unchanged;
    if (!back) {
        error.message += fmt::format(
            ". The node gets no new shards until `citus-init drain {} --undo`, which could not be "
            "done now{}",
            subject.node.address.text(),
            error.code == ExitCode::identity ? "" : ": " + back.error().message);
    }
    return error;
}

Result<MovesEnd> drain(Subject& subject, const MoveVerbOptions& options) {
    auto holdings = holdings_of(subject);
    if (!holdings) {
        return fail(holdings.error());
    }
    CITUS_INIT_TRY(check_drainable(subject, *holdings));
    if (subject.away) {
        return MovesEnd::done;  // nothing but copies: Citus changes no property of such a node
    }
    if (subject.node.should_have_shards) {
        CITUS_INIT_TRY(allow_shards(subject, false));
    }
    auto end = move_away(subject, std::move(*holdings), options);
    return end ? end : Result<MovesEnd>(fail(undone(subject, end.error())));
}

int run_drain(const settings::Environment& environment, const std::string& node,
              const MoveVerbOptions& options) {
    process::block_signals();
    auto subject = open_subject(environment, node);
    if (!subject) {
        return end_verb(subject.error());
    }
    if (subject->away) {
        return end_refused(refusal(fmt::format("{} does not answer, so nothing can be moved off it",
                                               subject->node.address.text())));
    }
    if (const Status proven = require_proven(subject->held, std::nullopt); !proven) {
        return end_refused(proven.error());
    }
    const auto end = drain(*subject, options);
    if (!end) {
        return end_refused(end.error());
    }
    if (*end == MovesEnd::left_running) {
        return options.detach ? 0 : kNotDone;
    }
    fmt::print("{} holds no shards and gets none\n", subject->node.address.text());
    return 0;
}

int run_undo_drain(const settings::Environment& environment, const std::string& node) {
    auto subject = open_subject(environment, node);
    if (!subject) {
        return end_verb(subject.error());
    }
    const Status proven = require_proven(subject->held, std::nullopt);
    const Status set = proven ? allow_shards(*subject, true) : proven;
    if (!set) {
        return end_refused(set.error());
    }
    fmt::print("{} may have shards; `citus-init rebalance` brings some\n",
               subject->node.address.text());
    return 0;
}

}  // namespace citus_init::cli
