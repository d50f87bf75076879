#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/membership/plan.h"

#include "citus/membership/positions.h"
#include "support/simulated_server.h"

namespace citus_init::test {

// A coordinator's catalogs, servers and the names that lead to them. Its calls are as careless as
// Citus' own are (membership needs every active worker, targets are not looked at); each call that
// would lose or overwrite something is a violation.
class SimulatedCluster {
  public:
    template <typename T>
    using SqlResult = citus::SqlResult<T>;

    SimulatedCluster() : own_(simulated_facts("coordinator")) {
        own_.membership = citus::MembershipFacts{};
        own_.membership->server_id = "coordinator";
        own_.membership->last_upgrade_version = "13.2-1";
    }

    int make_server() {
        SimulatedServer server;
        const std::string number = std::to_string(servers.size());
        server.identity = {"s" + number, "i" + number};
        server.run = ++last_run_;
        servers.push_back(std::move(server));
        return static_cast<int>(servers.size()) - 1;
    }

    // Another server with the same data.
    SimulatedServer copy_of(const SimulatedServer& original) {
        auto copy = original;
        copy.run = ++last_run_;
        copy.is_copied_directory = true;
        return copy;
    }

    // Clients get to a member whose place is confirmed: a copied directory is not before it is
    // noted in its record (citus_init.member_at).
    bool serves(const citus::RegisteredNode& row) {
        const auto* server = reach(row.address);
        if (server == nullptr || !server->is_copied_directory) {
            return server != nullptr;
        }
        for (auto& record : records) {
            if (record.node_id == row.node_id && record.identity == server->identity) {
                record.copy_seen = record.copy_seen.empty() ? row.address.text() : record.copy_seen;
                return true;
            }
        }
        return false;
    }

    // Rows are written to a member that serves.
    void write(const citus::RegisteredNode& row) {
        auto* server = reach(row.address);
        server->wal.lsn += 100;
        written[row.node_id] = std::max(written[row.node_id], server->wal.lsn);
    }

    // The coordinator's data directory; what the workers have is left as it is.
    void back_up() { backup_ = {cluster, records, placements, issued}; }
    void restore() {
        std::tie(cluster, records, placements, issued) = backup_;
        const auto is_later = [this](const auto& entry) { return entry.first > issued.node; };
        std::erase_if(homes, is_later);
        std::erase_if(written, is_later);
    }

    // Its metadata is of a later state of the coordinator, whose tables nobody else may know.
    bool is_newer(const SimulatedServer& server) const {
        return server.known.shard > issued.shard || server.known.node > issued.node;
    }

    bool some_are_newer() {
        return std::any_of(cluster.workers.begin(), cluster.workers.end(), [this](const auto& row) {
            return at_home(row) && is_newer(*reach(row.address));
        });
    }

    // Who answers at an address of a coordinator. `is_cut`: for who asks.
    citus::LeaderReach reach_leader(const std::string& address, bool is_cut = false) const {
        if (other_leaders.contains(address)) {
            return is_cut ? citus::LeaderReach::unreachable : citus::LeaderReach::other_run;
        }
        return address == own_address.text() ? citus::LeaderReach::self
                                             : citus::LeaderReach::absent;
    }

    // As find_leaders() does.
    citus::LeaderViews leader_views() {
        citus::LeaderViews views;
        views.has_workers = !cluster.workers.empty();
        if (cluster.coordinator) {
            const auto& address = cluster.coordinator->address;
            views.own = citus::LeaderView{address, address,
                                          reach_leader(address.text(), cut.contains(address.host))};
        }
        for (const auto& row : cluster.workers) {
            const auto* server = reach(row.address);
            if (server != nullptr && !server->coordinator.empty()) {
                views.workers.push_back(
                    {row.address, {server->coordinator, 0}, reach_leader(server->coordinator)});
            }
        }
        return views;
    }

    // Another server with this coordinator's identity lives, and leads these workers.
    bool is_led_by_another() const {
        return cluster.coordinator && !cluster.workers.empty() &&
               other_leaders.contains(cluster.coordinator->address.text());
    }

    // As the Reconciler does.
    void note(const citus::PositionNotes& notes) {
        for (auto& record : records) {
            for (const auto& further : notes.further) {
                if (further.node_id == record.node_id) {
                    record.furthest = further.position;
                    record.behind_lsn = 0;
                }
            }
            for (const auto& behind : notes.behind) {
                record.behind_lsn =
                    behind.node_id == record.node_id ? behind.position.lsn : record.behind_lsn;
            }
            for (const auto& copy : notes.copies) {
                record.copy_seen =
                    copy.node_id == record.node_id ? copy.address.text() : record.copy_seen;
            }
        }
    }

    // The member at the row's address is behind what was seen of it: an operator's matter.
    bool has_gone_back(const citus::RegisteredNode& row) {
        const auto* server = reach(row.address);
        const auto known = std::find_if(records.begin(), records.end(), [&](const auto& record) {
            return record.node_id == row.node_id && record.address == row.address;
        });
        return server != nullptr && known != records.end() &&
               ((known->behind_lsn != 0 && known->furthest.is_known()) ||
                citus::is_behind(server->wal, {}, known->furthest));
    }

    SimulatedServer* reach(const HostPort& address) {
        const auto name = names.find(address);
        if (name == names.end() || cut.contains(address.host) ||
            !servers[static_cast<std::size_t>(name->second)].up) {
            return nullptr;
        }
        return &servers[static_cast<std::size_t>(name->second)];
    }

    citus::RegisteredNode* row_at(const HostPort& address) {
        const auto found = std::find_if(cluster.workers.begin(), cluster.workers.end(),
                                        [&](const auto& row) { return row.address == address; });
        return found == cluster.workers.end() ? nullptr : &*found;
    }

    // Is the server at the row's address the one that was registered?
    bool at_home(const citus::RegisteredNode& row) {
        const auto* server = reach(row.address);
        return server != nullptr && server->identity == homes[row.node_id] &&
               server->group_id == row.group_id &&
               server->coordinator == cluster.coordinator->address.text();
    }

    // Does the server at the row's address stand in the record as that node?
    bool is_recorded(const citus::RegisteredNode& row) {
        const auto* server = reach(row.address);
        return std::any_of(records.begin(), records.end(), [&](const auto& record) {
            return server != nullptr && record.node_id == row.node_id &&
                   record.identity == server->identity;
        });
    }

    const std::set<int>& placed_on(int group_id) const {
        static const std::set<int> nothing;
        const auto found = placements.find(group_id);
        return found == placements.end() ? nothing : found->second;
    }

    bool has_its_shards(const SimulatedServer& server, int group_id) {
        const auto& placed = placed_on(group_id);
        return std::includes(server.shards.begin(), server.shards.end(), placed.begin(),
                             placed.end());
    }

    SqlResult<void> add_node(const HostPort& address) {
        if (row_at(address) != nullptr) {
            return {};
        }
        if (auto all = touch_all(); !all) {
            return all;
        }
        auto* server = reach(address);
        if (server == nullptr) {
            return tl::unexpected(refused(address));
        }
        const bool registered =
            std::any_of(cluster.workers.begin(), cluster.workers.end(),
                        [&](const auto& row) { return homes[row.node_id] == server->identity; });
        expect(!registered, "registered one identity twice: " + address.text());
        expect(server->group_id == 0, "stole a member: " + address.text());
        expect(server->user_relations == 0, "dropped tables of " + address.text());
        expect(server->identity.server_id != "coordinator", "added the coordinator");
        citus::RegisteredNode row;
        row.node_id = row.group_id = static_cast<int>(++issued.node);
        row.address = address;
        row.has_metadata = row.active = row.metadata_synced = row.should_have_shards = true;
        cluster.workers.push_back(row);
        homes[row.node_id] = server->identity;
        server->group_id = row.group_id;
        server->coordinator = cluster.coordinator->address.text();
        announce_to_all();
        return {};
    }

    SqlResult<void> update_node(int node_id, const HostPort& address) {
        const auto* taken = row_at(address);
        if (taken != nullptr && taken->node_id != node_id) {
            return tl::unexpected(citus::SqlError{"55000", "another node is there", "", ""});
        }
        auto* server = reach(address);
        for (auto& row : cluster.workers) {
            if (row.node_id == node_id) {
                row.address = address;
                expect(server != nullptr && server->identity == homes[node_id],
                       "followed somebody else to " + address.text());
                expect(disturbed || server == nullptr || has_its_shards(*server, row.group_id),
                       "followed a node that lacks shards to " + address.text());
                expect(disturbed || server == nullptr || server->wal.lsn >= written[node_id],
                       "followed an older copy to " + address.text());
                expect(disturbed || server == nullptr || !is_newer(*server),
                       "followed a newer worker to " + address.text());
            } else {
                row.metadata_synced = false;  // so that the daemon writes to whoever answers
                const auto* there = reach(row.address);
                expect(there == nullptr || there->identity == homes[row.node_id],
                       "made the daemon write to an unknown node at " + row.address.text());
            }
        }
        expect(disturbed || !is_led_by_another(), "told another coordinator's workers");
        return {};
    }

    SqlResult<void> activate_node(const HostPort& address) {
        auto* row = row_at(address);
        auto* server = reach(address);
        if (auto all = touch_all(true); !all || row == nullptr || server == nullptr) {
            return tl::unexpected(refused(address));
        }
        expect(server->identity == homes[row->node_id],
               "activated an unknown node " + address.text());
        expect(disturbed || has_its_shards(*server, row->group_id),
               "hid the loss of " + address.text());
        expect(disturbed || !has_gone_back(*row), "hid the lost rows of " + address.text());
        expect(disturbed || !is_newer(*server), "made the newer " + address.text() + " forget");
        row->metadata_synced = true;
        server->known = issued;
        return {};
    }

    SqlResult<void> set_coordinator_host(const HostPort& address) {
        expect(!is_led_by_another(), "took the workers over from a coordinator that lives");
        if (auto all = touch_all(); !all) {
            return all;
        }
        if (!cluster.coordinator) {
            cluster.coordinator.emplace();
        }
        cluster.coordinator->address = address;
        for (const auto& row : cluster.workers) {
            reach(row.address)->coordinator = address.text();
        }
        announce_to_all();
        return {};
    }

    // As the Reconciler does.
    void record(int node_id, int group_id, const HostPort& address,
                const citus::Identity& identity) {
        std::erase_if(records, [&](const auto& known) {
            return known.node_id == node_id || known.identity == identity;
        });
        records.push_back({node_id, group_id, address, identity});
    }

    // What the daemon does for those that it can reach.
    void sync() {
        for (auto& row : cluster.workers) {
            if (!row.metadata_synced && !stuck.contains(row.node_id)) {
                row.metadata_synced = true;
                if (at_home(row)) {
                    reach(row.address)->known.node = issued.node;
                }
            }
        }
    }

    SqlResult<citus::CandidateFacts> facts_at(const HostPort& address) {
        const auto* server = reach(address);
        if (server == nullptr) {
            return tl::unexpected(refused(address));
        }
        return facts_of(*server);
    }

    citus::Probe probe(const HostPort& address, int group_id = 0) {
        citus::Probe probe{facts_at(address), std::nullopt};
        if (probe.facts && group_id != 0) {
            const auto& placed = placed_on(group_id);
            const auto& there = reach(address)->shards;
            const auto missing = std::count_if(placed.begin(), placed.end(),
                                               [&](int shard) { return !there.contains(shard); });
            probe.shards = {static_cast<long>(placed.size()), static_cast<long>(missing)};
        }
        return probe;
    }

    citus::Actual actual() const {
        citus::Actual actual;
        actual.own = own_;
        actual.cluster = cluster;
        actual.records = records;
        for (const auto& [group_id, shards] : placements) {
            actual.stakes[group_id] = {static_cast<long>(shards.size()), 1};
        }
        return actual;
    }

    void expect(bool holds, const std::string& what) {
        if (!holds) {
            violations.push_back(what);
        }
    }

    // Every call that changes the membership is sent to all active workers.
    SqlResult<void> touch_all(bool unsynced_too = false) {
        for (const auto& row : cluster.workers) {
            if (reach(row.address) == nullptr) {
                return tl::unexpected(refused(row.address));
            }
            if (!row.metadata_synced && !unsynced_too) {
                return tl::unexpected(citus::SqlError{"55000", "out of sync", "", ""});
            }
        }
        for (const auto& row : cluster.workers) {
            expect(at_home(row), "wrote to an unknown node at " + row.address.text());
            expect(is_recorded(row), "wrote to the unrecorded " + row.address.text());
            expect(disturbed || !at_home(row) || !is_newer(*reach(row.address)),
                   "wrote to the newer " + row.address.text());
        }
        expect(disturbed || !is_led_by_another(), "wrote to another coordinator's workers");
        return {};
    }

    // The metadata of those that are in sync.
    void announce_to_all() {
        for (const auto& row : cluster.workers) {
            if (row.metadata_synced && at_home(row)) {
                reach(row.address)->known = issued;
            }
        }
    }

    citus::Cluster cluster;
    citus::CatalogIds issued;
    HostPort own_address{"c", 5432};  // where this coordinator runs
    // Where other servers with its identity answer and take writes: copies of it, or the original.
    std::set<std::string> other_leaders;
    std::vector<citus::NodeRecord> records;
    std::map<int, std::set<int>> placements;  // by group
    std::vector<SimulatedServer> servers;
    std::unordered_map<HostPort, int, HostPortHash> names;
    std::set<std::string> cut;  // hosts that the coordinator cannot reach
    std::set<int> stuck;        // nodes whose metadata the daemon does not sync
    std::unordered_map<int, citus::Identity> homes;  // who was registered, by node id
    std::unordered_map<int, std::uint64_t> written;  // how far the member came, by node id
    bool disturbed = false;  // something happened between the last probe and this call
    std::vector<std::string> violations;

  private:
    static citus::SqlError refused(const HostPort& address) {
        return {"08006", "connection to " + address.text() + " failed: refused", "", ""};
    }

    citus::CandidateFacts own_;
    int last_run_ = 0;
    std::tuple<citus::Cluster, std::vector<citus::NodeRecord>, std::map<int, std::set<int>>,
               citus::CatalogIds>
        backup_;
};

}  // namespace citus_init::test
