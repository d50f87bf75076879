// Who is proven to be the recorded worker, and why another is not.
#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/held_workers.h"

#include "citus/membership/positions.h"

namespace citus_init::citus {

namespace {

// What stands before the reason.
const char* refusal_text(Refusal why) {
    switch (why) {
        case Refusal::away:
            return "does not answer:";
        case Refusal::busy:
            return "is held:";
        case Refusal::impostor:
            return "is lost: another server answers under its name. That server";
        case Refusal::unrecorded:
            return "is not recorded yet:";
        case Refusal::incomplete:
            return "is lost: it";
        case Refusal::newer:
            return "is newer than this coordinator: it";
        case Refusal::led_by_other:
            return "is led by another coordinator: it";
    }
    return "is not proven:";
}

}  // namespace

std::optional<Unproven> unproven(const RegisteredNode& row, const SqlResult<CandidateFacts>& answer,
                                 const std::optional<ShardProof>& shards,
                                 const CoordinatorView& view) {
    const auto because = [&row](Refusal why, std::string reason) {
        return Unproven{row.address, row.group_id, why, std::move(reason)};
    };
    if (!answer) {
        return is_held_by_another(answer.error())
                   ? because(Refusal::busy, answer.error().text())
                   : because(Refusal::away, classify_unreachable(answer.error()).reason);
    }
    const NodeRecord* record = view.record_of(row);
    const auto found = classify(*answer, row.address, view);
    if (found.node_class == NodeClass::unreachable || found.node_class == NodeClass::not_ready) {
        return because(Refusal::away, found.reason);
    }
    if (found.node_class != NodeClass::member) {
        return because(Refusal::impostor, found.reason);
    }
    if (record == nullptr) {
        return because(Refusal::unrecorded,
                       "the coordinator's agent records it once it has found all its shards: see "
                       "`citus-init nodes`");
    }
    if (record->identity != identity_of(*answer)) {
        return because(Refusal::impostor,
                       "has another system identifier than the recorded one. After pg_upgrade the "
                       "coordinator's agent records the new one by itself: see `citus-init nodes`");
    }
    if (has_gone_back(*answer, *record)) {
        return because(Refusal::incomplete, gone_back(*answer, *record).reason);
    }
    if (shards && !shards->complete()) {
        return because(
            Refusal::incomplete,
            fmt::format("lacks {} of the {} shards that the coordinator places there{}. "
                        "Restore its data directory (volume or base backup)",
                        shards->missing, shards->placed, view.stakes_text(row.group_id)));
    }
    return std::nullopt;
}

std::optional<Unproven> newer_than_coordinator(const RegisteredNode& row,
                                               const CandidateFacts& candidate,
                                               const CatalogIds& issued) {
    if (!candidate.membership) {
        return std::nullopt;
    }
    const CatalogIds& known = candidate.membership->greatest;
    std::string what;
    if (known.shard > issued.shard) {
        what = fmt::format("knows shard {}, and this coordinator has made none beyond {}",
                           known.shard, issued.shard);
    } else if (known.node > issued.node) {
        what = fmt::format("knows node {}, and this coordinator has registered none beyond {}",
                           known.node, issued.node);
    } else {
        return std::nullopt;
    }
    return Unproven{
        row.address, row.group_id, Refusal::newer,
        what +
            ": the coordinator's data is older than the worker's (a restored backup?). Put its "
            "newest data directory back. If that is lost, the worker's pg_dist_partition, "
            "pg_dist_shard and pg_dist_placement may be all that shows which tables its shards "
            "belong to: save them from each worker (COPY), then SELECT "
            "start_metadata_sync_to_all_nodes() on the coordinator makes the workers forget those "
            "tables and keeps their shards as plain tables"};
}

std::optional<Unproven> led_by_another(const RegisteredNode& row,
                                       const std::optional<LeaderView>& leader) {
    if (!leader || leader->reach != LeaderReach::other_run) {
        return std::nullopt;
    }
    return Unproven{
        row.address, row.group_id, Refusal::led_by_other,
        fmt::format("reaches another server with this coordinator's identity at {}: the data "
                    "directory of one of the two is a copy of the other's. Stop one of them. "
                    "Compare pg_current_wal_lsn() of both: the greater one is the newer",
                    leader->leader.text())};
}

std::string refusal_text(const std::vector<Unproven>& refusals) {
    std::vector<std::string> lines;
    lines.reserve(refusals.size());
    for (const auto& refusal : refusals) {
        lines.push_back(fmt::format("{} {} {}", refusal.address.text(), refusal_text(refusal.why),
                                    refusal.reason));
    }
    return join(lines, "\n  ");
}

}  // namespace citus_init::citus
