#include "citus_init/agent/worker_sources.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/citus/sqlstate.h"
#include "citus_init/citus/traffic_hold.h"
#include "citus_init/node/node_name.h"

namespace citus_init::agent {

namespace {

// A newcomer that is gone no longer announces itself; one that waits does so at each of its
// intervals, or at least every 30 s after a coordinator that was away. Members count without.
std::chrono::seconds recent_announcements(std::chrono::milliseconds interval) {
    constexpr int kIntervals = 6;
    constexpr std::chrono::seconds kLeast{60};
    return std::max(kLeast, std::chrono::ceil<std::chrono::seconds>(interval * kIntervals));
}

network::DiscoveryQuery query_of(const settings::WorkerDiscovery& discovery) {
    switch (discovery.kind) {
        case settings::DiscoveryKind::dns:
            return {network::QueryKind::addresses, discovery.name, discovery.port};
        case settings::DiscoveryKind::srv:
            return {network::QueryKind::service, discovery.name, 0};
    }
    return {};
}

bool is_broken(const citus::SqlError& error) {
    return citus::sqlstate::is_connection_lost(error.sqlstate);
}

// Nodes that nobody knows yet come by their certificates alone.
citus::SqlResult<void> let_newcomers_in(citus::Session& coordinator) {
    const auto made = citus::ensure_node_role(coordinator);
    return made ? citus::let_newcomers_announce(coordinator) : made;
}

// A convenience: without it workers are registered all the same.
citus::SqlResult<void> let_traffic_be_held(citus::Session& coordinator, bool by_nodes) {
    const auto made = citus::ensure_traffic_hold(coordinator);
    if (!made) {
        return tl::unexpected(made.error());
    }
    return by_nodes ? citus::let_nodes_hold_traffic(coordinator) : citus::SqlResult<void>{};
}

}  // namespace

WorkerSources::WorkerSources(const AgentContext& context, Reporter& reporter,
                             Announcements announcements)
    : context_(context), reporter_(reporter), announcements_(announcements) {
    if (const auto& discovery = context.settings.citus.worker_discovery) {
        discovery_.emplace(query_of(*discovery), resolver_);
    }
}

citus::SqlResult<citus::DesiredWorkers> WorkerSources::desired(citus::Session& coordinator,
                                                               const HostPort& own) {
    bool complete = true;
    const auto found = discovered(complete);
    const auto announcing = announced(coordinator, complete);
    if (!announcing) {
        return tl::unexpected(announcing.error());
    }
    return citus::join_workers(listed(), found, *announcing, complete, own);
}

std::vector<HostPort> WorkerSources::listed() const {
    std::vector<HostPort> addresses;
    for (const auto& worker : context_.settings.citus.workers) {
        addresses.push_back({worker.host, worker.port});
    }
    return addresses;
}

std::vector<HostPort> WorkerSources::discovered(bool& complete) {
    std::vector<HostPort> addresses;
    if (!discovery_) {
        return addresses;
    }
    const auto& answer =
        discovery_->probe(node::this_node(context_.settings.citus, context_.server.port));
    for (const auto& endpoint : answer.endpoints) {
        addresses.push_back({endpoint.host, endpoint.port});
    }
    if (!answer.complete && !discovery_failed_) {
        reporter_.warning(fmt::format(
            "CITUS_WORKER_DISCOVERY: {}. The {} workers that were found before stay wanted; nobody "
            "is removed for it.",
            answer.problem, addresses.size()));
    } else if (answer.complete && discovery_failed_) {
        log::info("CITUS_WORKER_DISCOVERY answers again");
    }
    discovery_failed_ = !answer.complete;
    complete = complete && answer.complete;
    return addresses;
}

citus::SqlResult<std::vector<citus::Announcement>> WorkerSources::announced(
    citus::Session& coordinator, bool& complete) {
    const auto give_up =
        [&](const citus::SqlError& error) -> citus::SqlResult<std::vector<citus::Announcement>> {
        if (is_broken(error)) {
            return tl::unexpected(error);
        }
        reporter_.warning("cannot take announcements of workers: " + error.text());
        complete = false;
        return std::vector<citus::Announcement>{};
    };
    if (!announcements_ready_ && announcements_ == Announcements::make_possible) {
        const auto made = citus::ensure_announcements(coordinator);
        if (!made) {
            return give_up(made.error());
        }
        if (context_.settings.citus.has_mesh()) {
            const auto let_in = let_newcomers_in(coordinator);
            if (!let_in) {
                return give_up(let_in.error());
            }
        }
        if (const auto hold = let_traffic_be_held(coordinator, context_.settings.citus.has_mesh());
            !hold) {
            reporter_.warning("no worker can have its traffic held while it restarts: " +
                              hold.error().text());
        }
        announcements_ready_ = true;
    }
    auto announcements = citus::read_announcements(
        coordinator, recent_announcements(context_.settings.citus.reconcile_interval));
    if (!announcements && announcements_ == Announcements::only_read &&
        announcements.error().sqlstate == citus::sqlstate::kUndefinedTable) {
        return std::vector<citus::Announcement>{};  // nobody could announce himself yet
    }
    if (!announcements) {
        announcements_ready_ = false;  // somebody may have dropped the schema
        return give_up(announcements.error());
    }
    return announcements;
}

}  // namespace citus_init::agent
