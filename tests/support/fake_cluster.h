#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/session.h"

namespace citus_init::test {

using citus::RegisteredNode;
using citus::SqlError;
using citus::SqlResult;

// A coordinator's shard moves in the background, and who joined and waits for them.
struct FakeMoves {
    bool has_joined = false;       // the table is there
    std::set<std::string> joined;  // node ids
    bool wanted = true;            // the shards are not balanced
    std::string plain_table;       // one without a replica identity
    int last_job = 0;
    std::string job_state;
    std::string job_details = "{}";
};

// One server with one database of interest, as far as our statements can tell.
struct FakeNode {
    bool up = true;
    bool in_recovery = false;
    bool superuser = true;
    std::string encoding = "UTF8";
    std::string preload = "citus";
    std::string available = "13.2-1";
    std::string extension;  // "" = none
    std::string columnar_available;
    std::string columnar_extension;
    std::string system_identifier = "1";
    std::string started_at = "1700000000.5";
    citus::WalPosition wal{1, 1000};
    bool is_copied_directory = false;
    std::set<std::string> databases{"postgres", "template1", "app"};

    int group_id = 0;
    std::vector<RegisteredNode> rows;
    std::string server_id;
    std::string last_upgrade;
    bool upgrade_is_unfinished = false;
    long distributed_tables = 0;
    long user_relations = 0;
    long greatest_shard = 0;
    std::set<std::string> shards;                     // tables that are shards
    std::map<int, std::set<std::string>> placements;  // coordinator: shards by group
    std::map<int, citus::NodeRecord> records;         // coordinator: citus_init.node
    bool has_records = false;                         // the table is there
    FakeMoves moves;                                  // coordinator
    int statements = 0;                               // that it was sent
    bool locked = false;                              // somebody else holds the advisory lock
    // Who holds the node lock (citus/node_lock.h).
    std::set<const void*> sharers;
    const void* locker = nullptr;
    std::set<std::string> marks;  // of the coordinators that Citus has connected to it from

    // Statements that changed something, in order.
    std::vector<std::string> changes;
    std::function<void()> on_change;  // called after each
    std::function<void()> on_mark;    // coordinator: called when an agent begins to act
    // The next errors of a statement, in order, before it works again.
    std::map<std::string, std::vector<SqlError>> errors;

    void create_extension() {
        extension = last_upgrade = available;
        server_id = "server-" + system_identifier;
    }
};

// Servers by address. As careless as Citus is: citus_add_node takes whatever it is given.
class FakeCluster {
  public:
    FakeNode& add(const HostPort& address) {
        auto& node = nodes_[address.text()];
        node = std::make_shared<FakeNode>();
        node->system_identifier = std::to_string(nodes_.size());
        made_.push_back(node);
        return *node;
    }
    // The same server under one more address.
    void alias(const HostPort& address, const HostPort& of) {
        nodes_[address.text()] = nodes_.at(of.text());
    }

    std::shared_ptr<FakeNode> find(const HostPort& address) const {
        const auto found = nodes_.find(address.text());
        return found == nodes_.end() ? nullptr : found->second;
    }

    // Registers a worker as citus_add_node does, without any of our checks.
    SqlResult<void> add_node(FakeNode& coordinator, const HostPort& address) {
        for (const auto& row : coordinator.rows) {
            if (row.address == address) {
                return {};
            }
        }
        for (const auto& row : coordinator.rows) {
            if (row.group_id != 0 && row.active && !answers(row.address)) {
                return tl::unexpected(refused(row.address));
            }
        }
        if (!answers(address)) {
            return tl::unexpected(refused(address));
        }
        RegisteredNode row;
        row.node_id = row.group_id = ++last_group_;
        row.address = address;
        row.has_metadata = row.active = row.metadata_synced = row.should_have_shards = true;
        coordinator.rows.push_back(row);
        touch_all(coordinator);
        sync(coordinator);
        return {};
    }

    // Like Citus, without asking the target, which need not even answer.
    SqlResult<void> update_node(FakeNode& coordinator, int node_id, const HostPort& address) {
        for (auto& row : coordinator.rows) {
            if (row.address == address && row.node_id != node_id) {
                return tl::unexpected(
                    SqlError{"55000", "there is already another node with that address", "", ""});
            }
        }
        for (auto& row : coordinator.rows) {
            if (row.node_id == node_id) {
                row.address = address;
                sync(coordinator);
                return {};
            }
        }
        return tl::unexpected(SqlError{"P0002", "node not found", "", ""});
    }

    // Makes a wiped worker look healthy.
    SqlResult<void> activate_node(FakeNode& coordinator, const HostPort& address) {
        for (auto& row : coordinator.rows) {
            if (row.address != address) {
                continue;
            }
            if (!answers(address)) {
                return tl::unexpected(refused(address));
            }
            row.active = row.has_metadata = row.metadata_synced = true;
            touch_all(coordinator);
            sync(coordinator);
            return {};
        }
        return tl::unexpected(SqlError{"XX000", "node does not exist", "", ""});
    }

    // Citus connects to every worker by its name, as that leads now.
    void touch_all(const FakeNode& coordinator) {
        if (before_touching) {
            before_touching();
        }
        for (const auto& node : made_) {
            node->marks.erase(coordinator.system_identifier);
        }
        for (const auto& row : coordinator.rows) {
            if (const auto node = find(row.address); node && row.group_id != 0) {
                node->marks.insert(coordinator.system_identifier);
            }
        }
    }

    // What the maintenance daemon does with those that answer.
    void sync(FakeNode& coordinator) {
        for (const auto& known : coordinator.rows) {
            if (const auto node = find(known.address); node && known.group_id != 0) {
                node->group_id = known.group_id;
                node->rows = coordinator.rows;
            }
        }
    }

    void forget(const HostPort& address) { nodes_.erase(address.text()); }

    // What a transaction changes is in the catalogs of all nodes, or of none.
    struct Catalogs {
        int group_id = 0;
        std::vector<RegisteredNode> rows;
        std::map<int, citus::NodeRecord> records;
        std::set<std::string> joined;
    };
    using Snapshot = std::map<std::string, Catalogs>;
    Snapshot snapshot() const {
        Snapshot taken;
        for (const auto& [address, node] : nodes_) {
            taken[address] = {node->group_id, node->rows, node->records, node->moves.joined};
        }
        return taken;
    }
    void restore(const Snapshot& taken) {
        for (const auto& [address, catalogs] : taken) {
            if (const auto node = nodes_.find(address); node != nodes_.end()) {
                node->second->group_id = catalogs.group_id;
                node->second->rows = catalogs.rows;
                node->second->records = catalogs.records;
                node->second->moves.joined = catalogs.joined;
            }
        }
    }

    bool answers(const HostPort& address) const {
        const auto node = find(address);
        return node && node->up;
    }

    static SqlError refused(const HostPort& address) {
        return SqlError{"08006", "connection to " + address.text() + " failed: Connection refused",
                        "", ""};
    }

    std::mutex mutex;  // sessions are used by several threads
    std::function<void()> before_touching;

  private:
    std::map<std::string, std::shared_ptr<FakeNode>> nodes_;  // by "host:port"
    std::vector<std::shared_ptr<FakeNode>> made_;             // those without a name, too
    int last_group_ = 0;
};

}  // namespace citus_init::test
