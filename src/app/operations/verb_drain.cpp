#include <chrono>
#include <cstdio>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/operations/node_listing.h"
#include "citus_init/citus/operations/node_removal.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "app/operations/cluster_session.h"
#include "app/operations/find_node.h"
#include "app/operations/move_progress.h"
#include "app/operations/moves.h"
#include "app/operations/operation_verbs.h"
#include "app/verbs/verb_end.h"

namespace citus_init::app {

namespace {

constexpr int kNotDone = 1;
constexpr std::chrono::minutes kCleanUpPatience{2};

int refuse(const Error& error) {
    const int status = end_verb(error);
    return error.code == ExitCode::usage ? status : kNotDone;
}

Error refusal(std::string reason) {
    return Error{ExitCode::unavailable, std::move(reason)};
}

// The session and the node that the verb is about.
struct Subject {
    ClusterSession cluster;
    citus::RegisteredNode node;
    bool away = false;  // does not answer
};

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
    const bool away = cluster->session_on(node->address) == nullptr;
    return Subject{std::move(*cluster), std::move(*node), away};
}

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

void tell_other_draining_nodes(const Subject& subject) {
    const auto others =
        citus::other_draining_nodes(*subject.cluster.coordinator, subject.node.group_id);
    for (const auto& other : others.value_or(std::vector<citus::NodeAddress>{})) {
        fmt::print(stderr,
                   "{} is not to have shards either, but has some: Citus moves them along\n",
                   other.text());
    }
}

// Until no shard is left on the node.
Result<MovesEnd> drain(const Subject& subject, const MoveVerbOptions& options) {
    auto holdings = holdings_of(subject);
    if (!holdings) {
        return fail(holdings.error());
    }
    CITUS_INIT_TRY(check_drainable(subject, *holdings));
    if (subject.away) {
        return MovesEnd::done;  // nothing but copies: Citus changes no property of such a node
    }
    auto& coordinator = *subject.cluster.coordinator;
    if (subject.node.should_have_shards) {
        const auto set = citus::set_should_have_shards(coordinator, subject.node, false);
        if (!set) {
            return fail(citus::sql_failure("cannot keep new shards off the node", set.error()));
        }
    }
    tell_other_draining_nodes(subject);
    // A job that ran already may have been another one: look again until nothing is left.
    for (int round = 0; round < 2 && holdings->placements > 0; ++round) {
        auto end = run_moves(subject.cluster, {true, options.mode}, !options.detach);
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

Status take_out(const Subject& subject) {
    auto& coordinator = *subject.cluster.coordinator;
    const auto& node = subject.node;
    const auto removed_node = subject.cluster.session_on(node.address);
    if (removed_node) {
        const auto left = citus::clean_up(coordinator, node.group_id, kCleanUpPatience);
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
    const auto removed = citus::remove_empty_node(coordinator, node, removed_node.get());
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

int run_drain(const settings::Environment& environment, const std::string& node,
              const MoveVerbOptions& options) {
    process::block_signals();
    const auto subject = open_subject(environment, node);
    if (!subject) {
        return end_verb(subject.error());
    }
    if (subject->away) {
        return refuse(refusal(fmt::format("{} does not answer, so nothing can be moved off it",
                                          subject->node.address.text())));
    }
    const auto end = drain(*subject, options);
    if (!end) {
        return refuse(end.error());
    }
    if (*end == MovesEnd::left_running) {
        return options.detach ? 0 : kNotDone;
    }
    fmt::print("{} holds no shards and gets none\n", subject->node.address.text());
    return 0;
}

int run_undo_drain(const settings::Environment& environment, const std::string& node) {
    const auto subject = open_subject(environment, node);
    if (!subject) {
        return end_verb(subject.error());
    }
    const auto set =
        citus::set_should_have_shards(*subject->cluster.coordinator, subject->node, true);
    if (!set) {
        return refuse(citus::sql_failure("cannot let the node have shards", set.error()));
    }
    fmt::print("{} may have shards; `citus-init rebalance` brings some\n",
               subject->node.address.text());
    return 0;
}

int run_remove(const settings::Environment& environment, const std::string& node,
               const MoveVerbOptions& options) {
    process::block_signals();
    const auto subject = open_subject(environment, node);
    if (!subject) {
        return end_verb(subject.error());
    }
    if (subject->node.group_id == 0) {
        return refuse(
            refusal(fmt::format("{} is the coordinator, without which there is no cluster",
                                subject->node.address.text())));
    }
    const auto end = drain(*subject, {options.mode, false});
    if (!end) {
        return refuse(end.error());
    }
    if (*end == MovesEnd::left_running) {
        return kNotDone;
    }
    if (const Status out = take_out(*subject); !out) {
        return refuse(out.error());
    }
    fmt::print("{} is no node of the cluster any more\n", subject->node.address.text());
    return 0;
}

}  // namespace citus_init::app
