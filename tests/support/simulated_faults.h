#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/simulated_agent.h"
#include "support/simulated_cluster.h"

namespace citus_init::test {

// Everything that goes wrong with a cluster and its agent, as a seed has it.
class SimulatedFaults {
  public:
    SimulatedFaults(std::uint64_t seed, int most_nodes) : state_(seed), most_nodes_(most_nodes) {}

    SimulatedCluster cluster;
    SimulatedAgent agent{cluster};

  protected:
    // splitmix64: the same everywhere.
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    int random(int below) { return static_cast<int>(next() % static_cast<std::uint64_t>(below)); }

    HostPort new_name() { return {"w" + std::to_string(++last_name_), 5432}; }
    HostPort join() {
        const auto name = new_name();
        cluster.names[name] = cluster.make_server();
        agent.desired.addresses.push_back(name);
        return name;
    }
    HostPort some_name() {
        const auto& wanted = agent.desired.addresses;
        const auto& rows = cluster.cluster.workers;
        if (!rows.empty() && random(3) == 0) {
            return rows[static_cast<std::size_t>(random(static_cast<int>(rows.size())))].address;
        }
        return wanted.empty()
                   ? HostPort{"nobody", 1}
                   : wanted[static_cast<std::size_t>(random(static_cast<int>(wanted.size())))];
    }
    SimulatedServer* some_server() {
        const auto name = cluster.names.find(some_name());
        return name == cluster.names.end()
                   ? nullptr
                   : &cluster.servers[static_cast<std::size_t>(name->second)];
    }

    void disturb() {
        switch (random(9)) {
            case 0:
            case 1:
                disturb_names();
                return;
            case 2:
                disturb_servers();
                return;
            case 3:
                disturb_data();
                return;
            case 4:
                intrude();
                return;
            case 5:
                meet_another_cluster();
                return;
            case 6:
                call_verb();
                return;
            case 7:
                disturb_coordinator();
                return;
            default:
                disturb_agent();
        }
    }

    // Another cluster, with the same host names now and then.
    void meet_another_cluster() {
        const std::string theirs = random(2) == 0 || !cluster.cluster.coordinator
                                       ? "other:5432"
                                       : cluster.cluster.coordinator->address.text();
        const auto& rows = cluster.cluster.workers;
        if (random(2) == 0 && !rows.empty()) {
            // A member's name leads to a worker of theirs, of the same group perhaps.
            const auto& row = rows[static_cast<std::size_t>(random(static_cast<int>(rows.size())))];
            auto& server = cluster.servers[static_cast<std::size_t>(cluster.names[row.address] =
                                                                        cluster.make_server())];
            server.group_id = random(2) == 0 ? row.group_id : random(4) + 1;
            server.coordinator = theirs;
            server.shards = cluster.placed_on(row.group_id);
            return;
        }
        // Their coordinator has the same list, and was quicker.
        auto* server = some_server();
        if (server != nullptr && server->group_id == 0 && server->user_relations == 0) {
            server->group_id = random(4) + 1;
            server->coordinator = theirs;
        }
    }

    // drain or remove, as app/operations/ does it.
    void call_verb() {
        const auto* row = cluster.row_at(some_name());
        if (row == nullptr || !unproven_workers(cluster, true).empty()) {
            return;
        }
        const auto from = *row;
        const auto& rows = cluster.cluster.workers;
        const auto to = rows[static_cast<std::size_t>(random(static_cast<int>(rows.size())))];
        if (to.node_id != from.node_id) {
            move_shards(cluster, from, to);
        }
        if (random(2) == 0 && cluster.placed_on(from.group_id).empty()) {
            remove_node(cluster, from.address);
            std::erase(agent.desired.addresses, from.address);
        }
    }

    void disturb_names() {
        const auto name = some_name();
        const auto found = cluster.names.find(name);
        switch (random(6)) {
            case 0:
            case 1: {
                if (static_cast<int>(agent.desired.addresses.size()) < most_nodes_) {
                    join();
                }
                return;
            }
            case 2: {
                if (found != cluster.names.end()) {
                    move(name, found->second, random(2) == 0);
                }
                return;
            }
            case 3:
                std::erase(agent.desired.addresses, name);
                return;
            case 4: {
                if (found != cluster.names.end()) {  // a second name
                    const auto other = new_name();
                    cluster.names[other] = found->second;
                    agent.desired.addresses.push_back(other);
                }
                return;
            }
            default:
                swap_names(name, some_name());
        }
    }

    void move(const HostPort& from, int server, bool report_both) {
        const auto to = new_name();
        cluster.names.erase(from);
        cluster.names[to] = server;
        if (!report_both) {
            std::erase(agent.desired.addresses, from);
        }
        agent.desired.addresses.push_back(to);
    }

    void swap_names(const HostPort& one, const HostPort& other) {
        if (cluster.names.contains(one) && cluster.names.contains(other)) {
            std::swap(cluster.names[one], cluster.names[other]);
        }
    }

    void disturb_servers() {
        const auto name = some_name();
        switch (random(3)) {
            case 0: {
                if (!cluster.cut.erase(name.host)) {
                    cluster.cut.insert(name.host);
                }
                return;
            }
            case 1: {
                if (auto* server = some_server()) {
                    server->up = !server->up;
                }
                return;
            }
            default: {
                if (!cluster.cluster.workers.empty()) {
                    auto& rows = cluster.cluster.workers;
                    auto& row =
                        rows[static_cast<std::size_t>(random(static_cast<int>(rows.size())))];
                    row.metadata_synced = false;
                    if (random(2) == 0) {
                        cluster.stuck.insert(row.node_id);
                    }
                }
            }
        }
    }

    void disturb_data() {
        const auto name = some_name();
        const auto* row = cluster.row_at(name);
        switch (random(5)) {
            case 0: {
                if (cluster.names.contains(name)) {  // wiped
                    cluster.names[name] = cluster.make_server();
                }
                return;
            }
            case 1:
            case 2: {
                if (row != nullptr && cluster.at_home(*row) && cluster.serves(*row) &&
                    !cluster.some_are_newer()) {
                    make_table(*row);
                }
                return;
            }
            case 3: {
                if (auto* server = some_server(); server != nullptr && random(3) == 0) {
                    server->shards.clear();  // somebody dropped them behind our back
                }
                return;
            }
            default: {
                if (auto* server = some_server()) {
                    server->user_relations += 1;
                }
            }
        }
    }

    // Servers that are no fresh workers come under a new name, or a member is taken away.
    void intrude() {
        auto* taken = some_server();
        const auto copy = taken == nullptr ? SimulatedServer{} : cluster.copy_of(*taken);
        switch (random(6)) {
            case 0: {
                const auto server = static_cast<std::size_t>(cluster.names[join()]);
                cluster.servers[server].group_id = random(4);
                cluster.servers[server].coordinator = "elsewhere:5432";
                return;
            }
            case 1: {
                const auto server = static_cast<std::size_t>(cluster.names[join()]);
                cluster.servers[server].identity = {"coordinator", "coordinator"};
                return;
            }
            case 2: {
                if (taken != nullptr) {  // a copy of its data directory
                    cluster.servers[static_cast<std::size_t>(cluster.names[join()])] = copy;
                }
                return;
            }
            case 3: {
                if (taken !=
                    nullptr) {  // a copy that the original goes on from, and then goes down
                    cluster.servers[static_cast<std::size_t>(cluster.names[join()])] = copy;
                    supersede(copy.identity);
                }
                return;
            }
            case 4: {
                if (taken != nullptr && random(3) == 0) {  // restored from an older backup
                    taken->wal.lsn -= std::min<std::uint64_t>(taken->wal.lsn - 1, 150);
                    taken->run = copy.run;
                    taken->is_copied_directory = true;
                }
                return;
            }
            default: {
                if (taken != nullptr && random(3) == 0) {
                    taken->coordinator = "elsewhere:5432";
                    taken->group_id = random(4) + 1;
                }
            }
        }
    }

    // More rows on the member of that identity, which is down after that.
    void supersede(const citus::Identity& identity) {
        for (const auto& row : cluster.cluster.workers) {
            if (cluster.homes[row.node_id] == identity && cluster.at_home(row) &&
                cluster.serves(row)) {
                cluster.write(row);
                cluster.reach(row.address)->up = random(2) == 0;
                return;
            }
        }
    }

    void make_table(const citus::RegisteredNode& row) {
        const int shard = static_cast<int>(++cluster.issued.shard);
        cluster.placements[row.group_id].insert(shard);
        cluster.reach(row.address)->shards.insert(shard);
        cluster.announce_to_all();
        cluster.write(row);
    }

    void rename_coordinator(const std::string& host) {
        const HostPort address{host, 5432};
        if (!cluster.other_leaders.contains(address.text())) {
            agent.policy.coordinator = cluster.own_address = address;
        }
    }

    // Its data is restored from a backup, or copied, and the two run at once.
    void disturb_coordinator() {
        if (!cluster.cluster.coordinator) {
            return;
        }
        const std::string registered = cluster.cluster.coordinator->address.text();
        switch (random(5)) {
            case 0:
                cluster.back_up();
                has_backup_ = true;
                return;
            case 1: {
                if (has_backup_ && !cluster.disturbed) {  // its server is down meanwhile
                    cluster.restore();
                    agent.restart();
                }
                return;
            }
            case 2: {
                if (registered == cluster.own_address.text()) {  // this one is the copy from now on
                    rename_coordinator("copy" + std::to_string(++last_name_));
                    cluster.other_leaders.insert(registered);
                    if (!cluster.disturbed) {
                        agent.restart();
                    }
                }
                return;
            }
            case 3:
                cluster.other_leaders.clear();
                return;
            default:
                lead_on(registered);
        }
    }

    // What another coordinator does that lives where the workers have theirs.
    void lead_on(const std::string& registered) {
        if (!cluster.other_leaders.contains(registered)) {
            return;
        }
        const bool moves = random(2) == 0;
        const std::string there =
            moves ? "copy" + std::to_string(++last_name_) + ":5432" : registered;
        if (moves) {
            cluster.other_leaders = {there};
        }
        for (const auto& row : cluster.cluster.workers) {
            if (cluster.at_home(row)) {
                auto* server = cluster.reach(row.address);
                server->known.shard = cluster.issued.shard + 1;
                server->coordinator = there;
            }
        }
    }

    void disturb_agent() {
        switch (random(4)) {
            case 0:
                agent.restart();
                return;
            case 1:
                agent.desired.complete = !agent.desired.complete;
                return;
            case 2:
                agent.now += std::chrono::seconds(random(100));
                return;
            default: {
                if (random(4) == 0) {
                    rename_coordinator("c" + std::to_string(random(3)));
                }
            }
        }
    }

  private:
    std::uint64_t state_;
    int most_nodes_;
    int last_name_ = 0;
    bool has_backup_ = false;
};

}  // namespace citus_init::test
