#include "citus/membership/classification_reasons.h"

#include <algorithm>
#include <cstddef>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::citus {

Classification foreign(const MembershipFacts& facts) {
    if (facts.group_id == 0) {
        return {NodeClass::foreign,
                fmt::format("is a coordinator itself: its pg_dist_node is not empty{}. Take it out "
                            "of CITUS_WORKERS; if a worker is to run there, set CITUS_ROLE=worker "
                            "and {}",
                            stored_text(facts.stored), kNewDirectory)};
    }
    return {
        NodeClass::foreign,
        fmt::format("belongs to the cluster whose coordinator is {}{}. Adding it here would take "
                    "it away from there and destroy its metadata ({} distributed tables). Take it "
                    "out of CITUS_WORKERS, or {}",
                    facts.coordinator.empty() ? "unknown" : facts.coordinator,
                    stored_text(facts.stored), facts.distributed_tables, kNewDirectory)};
}

Classification unknown_member(const MembershipFacts& facts) {
    return {NodeClass::foreign,
            fmt::format(
                "says that it is group {} of a cluster whose coordinator is called {}, as this one "
                "is, but this coordinator has no record of such a server{}. {}. Either it belongs "
                "to another cluster with the same host names: then take it out of CITUS_WORKERS. "
                "Or this coordinator's data is older than the worker's (restored, or made anew): "
                "then the worker may hold the only copy of these rows: put the coordinator's "
                "newest data directory back and call citus_activate_node() for each worker. Keep "
                "the worker's data directory in either case",
                facts.group_id, facts.coordinator, stored_text(facts.stored), kNothingChanged)};
}

Classification removed_member(const MembershipFacts& facts) {
    const std::string what =
        "was a member of this cluster by its record, and is registered no more";
    if (facts.stored.nothing()) {
        // Only of this database: what else the server has was not searched.
        return {NodeClass::zombie,
                fmt::format("{}. It holds no shards and no rows of its own in this database. To "
                            "have a new worker there, {}",
                            what, kNewDirectory)};
    }
    return {NodeClass::zombie,
            fmt::format("{}{}. {}. If this coordinator was restored from an older backup, these "
                        "may be the newest rows: put the coordinator's newest data directory back. "
                        "To have a new worker there, {}",
                        what, stored_text(facts.stored), kNothingChanged, kNewDirectory)};
}

std::string stored_text(const StoredTables& stored) {
    constexpr std::size_t kMostNamed = 5;
    if (stored.shards == 0) {
        return {};
    }
    std::vector<std::string> names(
        stored.sharded.begin(), stored.sharded.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                             kMostNamed, stored.sharded.size())));
    const std::string more = stored.sharded.size() > kMostNamed
                                 ? fmt::format(" and {} more", stored.sharded.size() - kMostNamed)
                                 : std::string{};
    return fmt::format("; it holds {} shards of the tables {}{}", stored.shards, join(names, ", "),
                       more);
}

}  // namespace citus_init::citus
