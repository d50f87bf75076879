#include "agent/member/member_peers.h"

namespace citus_init::agent {

namespace {

std::set<std::string> hosts_of(const ha::GroupView& view) {
    std::set<std::string> hosts;
    for (const auto& member : view.members) {
        if (!member.host.empty()) {
            hosts.insert(member.host);
        }
    }
    return hosts;
}

}  // namespace

MemberPeers::MemberPeers(const settings::Settings& settings, ha::MemberMonitor& monitor,
                         Reporter& reporter)
    : settings_(settings),
      monitor_(monitor),
      reporter_(reporter),
      is_wanted_(settings.citus.has_mesh() && (settings.citus.role == settings::Role::coordinator ||
                                               settings.citus.worker_clients)) {}

// A group without a member that answers may be one that is restored, by a member that nobody here
// has met.
void MemberPeers::add_restoring(const std::set<int>& silent) {
    if (silent.empty()) {
        return;
    }
    for (const auto& [group, stored] : monitor_.stored_groups()) {
        if (silent.contains(group) && !stored.restoring_host.empty()) {
            hosts_[group].insert(stored.restoring_host);
        }
    }
}

void MemberPeers::probe(const ha::MemberSnapshot& snapshot, Clock::time_point now) {
    if (!is_wanted_ || now < due_) {
        return;
    }
    due_ = now + settings_.citus.reconcile_interval;
    if (snapshot.members) {
        hosts_[snapshot.group] = hosts_of(*snapshot.members);
    }
    std::set<std::string> all;
    std::set<int> silent;
    const auto cluster = snapshot.cluster.value_or(citus::Cluster{});
    for (const auto& row : cluster.workers) {
        if (const auto view = monitor_.group_at(row.address.host).value_or(std::nullopt)) {
            hosts_[row.group_id] = hosts_of(*view);
        } else {
            silent.insert(row.group_id);
        }
        all.insert(row.address.host);
    }
    add_restoring(silent);
    if (cluster.coordinator) {
        all.insert(cluster.coordinator->address.host);
    }
    for (const auto& [group, hosts] : hosts_) {
        all.insert(hosts.begin(), hosts.end());
    }
    if (!all.empty()) {
        reporter_.report(status::PeersReport{addresses_.update(all)});
    }
}

}  // namespace citus_init::agent
