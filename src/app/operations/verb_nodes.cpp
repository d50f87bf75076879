#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include <fmt/core.h>

#include "citus_init/citus/operations/node_listing.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/process/signals.h"

#include "app/operations/cluster_session.h"
#include "app/operations/node_table.h"
#include "app/operations/operation_verbs.h"
#include "app/verbs/verb_end.h"

namespace citus_init::app {

namespace {

constexpr std::chrono::seconds kBetweenListings{2};
constexpr const char* kClearScreen = "\033[H\033[2J";

}  // namespace

int run_nodes(const settings::Environment& environment, const ListingOptions& options) {
    if (options.watch) {
        process::block_signals();
    }
    const auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    const bool clear = options.watch && ::isatty(STDOUT_FILENO) == 1;
    for (;;) {
        const auto nodes = citus::list_nodes(*cluster->coordinator);
        if (!nodes) {
            return end_verb(citus::sql_failure("cannot list the nodes", nodes.error()));
        }
        fmt::print("{}{}", clear ? kClearScreen : "",
                   options.json ? node_json(*nodes) : node_table(*nodes));
        static_cast<void>(std::fflush(stdout));
        if (!options.watch || process::wait_for_signal(kBetweenListings)) {
            return 0;
        }
    }
}

}  // namespace citus_init::app
