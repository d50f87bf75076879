#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "citus_init/citus/operations/node_listing.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "cli/cluster/cluster_session.h"
#include "cli/cluster/group_listing.h"
#include "cli/cluster/node_table.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/verbs/health_verb.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

constexpr std::chrono::seconds kBetweenListings{2};
constexpr const char* kClearScreen = "\033[H\033[2J";

// Prints `text_now` once, or again and again until a signal comes.
template <typename Text>
int print_listing(const ListingOptions& options, const Text& text_now) {
    const bool clear = options.watch && ::isatty(STDOUT_FILENO) == 1;
    for (;;) {
        const Result<std::string> text = text_now();
        if (!text) {
            return end_verb(text.error());
        }
        fmt::print("{}{}", clear ? kClearScreen : "", *text);
        static_cast<void>(std::fflush(stdout));
        if (!options.watch || process::end_is_wanted_within(kBetweenListings)) {
            return 0;
        }
    }
}

Result<std::vector<citus::NodeListing>> nodes_of(const ClusterSession& cluster) {
    auto nodes = citus::list_nodes(*cluster.coordinator);
    if (!nodes) {
        return fail(citus::sql_failure("cannot list the nodes", nodes.error()));
    }
    return std::move(*nodes);
}

std::optional<citus::MoveJob> moves_of(const ClusterSession& cluster) {
    const auto id = citus::unfinished_job(*cluster.coordinator);
    if (!id || !*id) {
        return std::nullopt;
    }
    auto job = citus::read_job(*cluster.coordinator, **id);
    return job ? std::optional(std::move(*job)) : std::nullopt;
}

// Counts again only where the first count finds something. While shards move, the metadata differs.
std::vector<citus::RowDifference> differences_of(const ClusterSession& cluster) {
    constexpr std::chrono::seconds kBetweenCounts{1};
    const auto first = citus::count_rows(*cluster.coordinator);
    if (!first || citus::lasting_differences(*first, *first).empty()) {
        return {};
    }
    std::this_thread::sleep_for(kBetweenCounts);
    const auto second = citus::count_rows(*cluster.coordinator);
    return second ? citus::lasting_differences(*first, *second)
                  : std::vector<citus::RowDifference>{};
}

ClusterStatus status_of(const settings::Environment& environment,
                        const Result<ClusterSession>& cluster, const std::string& run_directory) {
    ClusterStatus status;
    // The members are known without the coordinator, too.
    if (cluster) {
        status.groups = agent::inspect_groups(cluster->node);
    } else if (const auto node = find_running_node(environment)) {
        status.groups = agent::inspect_groups(*node);
    }
    status.node = read_health(run_directory);
    if (!cluster) {
        status.trouble = cluster.error().message;
        return status;
    }
    auto nodes = nodes_of(*cluster);
    if (nodes) {
        status.nodes = std::move(*nodes);
        status.moves = moves_of(*cluster);
        status.differences = differences_of(*cluster);
    } else {
        status.trouble = nodes.error().message;
    }
    return status;
}

}  // namespace

int run_nodes(const settings::Environment& environment, const ListingOptions& options) {
    if (options.watch) {
        process::block_signals();
    }
    const auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    return print_listing(options, [&]() -> Result<std::string> {
        const auto nodes = nodes_of(*cluster);
        if (!nodes) {
            return fail(nodes.error());
        }
        return options.json ? node_json(*nodes) : node_table(*nodes);
    });
}

int run_status(const settings::Environment& environment, const std::string& run_directory,
               const ListingOptions& options) {
    if (options.watch) {
        process::block_signals();
    }
    const auto cluster = open_cluster_session(environment);
    bool early = false;
    const int code = print_listing(options, [&]() -> Result<std::string> {
        const ClusterStatus status = status_of(environment, cluster, run_directory);
        early = status.node.phase == status::Phase::bootstrapping;
        return options.json ? status_json(status) : status_text(status);
    });
    return code == 0 && early ? static_cast<int>(ExitCode::unavailable) : code;
}

}  // namespace citus_init::cli
