#include "agent/peer_watch.h"

#include <set>

namespace citus_init::agent {

PeerWatch::PeerWatch(const settings::Settings& settings, LocalSession& local, Reporter& reporter)
    : settings_(settings), local_(local), reporter_(reporter) {
    const auto& citus = settings_.citus;
    const bool lets_clients_in = citus.role == settings::Role::coordinator || citus.worker_clients;
    if (citus.has_mesh() && lets_clients_in) {
        due_ = Clock::time_point{};
    }
}

std::vector<std::string> PeerWatch::names() {
    const auto& citus = settings_.citus;
    if (const auto session = local_.get()) {
        if (const auto rows =
                (*session)->query("SELECT DISTINCT nodename FROM pg_catalog.pg_dist_node")) {
            registered_.clear();
            for (std::size_t row = 0; row < rows->values.size(); ++row) {
                registered_.push_back(rows->at(row, 0));
            }
        } else {
            local_.drop();
        }
    }
    std::vector<std::string> names = registered_;
    for (const auto& worker : citus.workers) {
        names.push_back(worker.host);
    }
    if (!citus.coordinator_host.empty()) {
        names.push_back(citus.coordinator_host);
    }
    return names;
}

void PeerWatch::probe(Clock::time_point now) {
    due_ = now + settings_.citus.reconcile_interval;
    const std::vector<std::string> desired = names();
    local_.drop();  // between two passes nothing of ours sits in the database
    reporter_.report(status::PeersReport{addresses_.update({desired.begin(), desired.end()})});
}

}  // namespace citus_init::agent
