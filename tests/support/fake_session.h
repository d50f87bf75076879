#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "citus/membership/place_statements.h"
#include "citus/statements.h"
#include "support/fake_catalogs.h"
#include "support/fake_cluster.h"
#include "support/fake_locks.h"
#include "support/fake_moves.h"
#include "support/fake_rows.h"

namespace citus_init::test {

using citus::Rows;

// Knows the statements of citus/statements.h, and answers as the server would.
class FakeSession final : public citus::Session {
  public:
    FakeSession(FakeCluster& cluster, std::shared_ptr<FakeNode> node)
        : cluster_(cluster), node_(std::move(node)) {}
    FakeSession(const FakeSession&) = delete;
    FakeSession& operator=(const FakeSession&) = delete;
    ~FakeSession() override {
        const std::lock_guard lock(cluster_.mutex);
        roll_back();
        node_->sharers.erase(this);
        if (node_->locker == this) {
            node_->locker = nullptr;
        }
    }

    using Session::query;
    [[nodiscard]] SqlResult<Rows> query(const std::string& sql,
                                        const std::vector<std::string>& parameters) override {
        const std::lock_guard lock(cluster_.mutex);
        ++node_->statements;
        if (!node_->up) {
            roll_back();
            return tl::unexpected(
                SqlError{"08006", "server closed the connection unexpectedly", "", ""});
        }
        if (auto& next = node_->errors[sql]; !next.empty()) {
            const SqlError error = next.front();
            next.erase(next.begin());
            return tl::unexpected(error);
        }
        return answer(sql, parameters);
    }

  private:
    using Row = FakeRow;

    SqlResult<Rows> answer(const std::string& sql, const std::vector<std::string>& parameters) {
        namespace statement = citus::statement;
        if (sql == statement::kServerFacts) {
            return Rows{{server_facts_row(*node_)}};
        }
        if (sql == statement::kDatabaseExists) {
            return node_->databases.contains(parameters.at(0)) ? Rows{{Row{"1"}}} : Rows{};
        }
        if (sql.starts_with(statement::kCreateDatabase)) {
            return create_database(sql);
        }
        if (sql == statement::kConnectableDatabases) {
            Rows rows;
            for (const auto& name : node_->databases) {
                rows.values.push_back({name});
            }
            return rows;
        }
        if (sql == statement::kBegin) {
            before_ = cluster_.snapshot();
            return Rows{{Row{""}}};
        }
        if (sql == statement::kRollback) {
            roll_back();
            return Rows{{Row{""}}};
        }
        if (sql == statement::kCommit) {
            before_.reset();
            return Rows{{Row{""}}};
        }
        if (sql == statement::kKeepDdlHere || sql == statement::kShowShards ||
            sql == statement::kMembershipPrologue || sql == statement::kUnlock ||
            sql == "SELECT 1") {
            return Rows{{Row{""}}};
        }
        if (auto answered = answer_lock(*node_, this, sql, parameters)) {
            return *std::move(answered);
        }
        if (sql == statement::kIsSetReadOnly || sql == statement::kTryLock) {
            return Rows{{Row{boolean(sql == statement::kTryLock && !node_->locked)}}};
        }
        if (sql == statement::kHasRecords || sql == statement::kHasCurrentRecords) {
            return Rows{{Row{boolean(node_->has_records)}}};
        }
        if (sql == statement::kNodeConninfo) {
            return Rows{{Row{"sslmode=require"}}};
        }
        if (sql == statement::kServerRun) {
            return Rows{{Row{fake_run(*node_)}}};
        }
        if (sql == statement::kShortNodeTimeout || sql == statement::kUsualNodeTimeout) {
            return Rows{{Row{""}}};
        }
        if (sql == statement::kLeaderOf) {
            return fake_leader(cluster_, *node_);
        }
        return answer_citus(sql, parameters);
    }

    SqlResult<Rows> answer_citus(const std::string& sql,
                                 const std::vector<std::string>& parameters) {
        namespace statement = citus::statement;
        if (sql == statement::kCreateCitus) {
            node_->create_extension();
            return changed(sql);
        }
        if (sql == statement::kCreateColumnar || sql == statement::kUpdateColumnar) {
            node_->columnar_extension = node_->columnar_available;
            return changed(sql);
        }
        if (node_->extension.empty()) {
            return tl::unexpected(SqlError{"42P01", "relation does not exist", "", ""});
        }
        if (sql == statement::kUpdateCitus) {
            node_->extension = node_->available;
            return changed(sql);
        }
        if (sql == statement::kFinishUpgrade) {
            return changed(sql);
        }
        if (sql == statement::kMembershipFacts) {
            return Rows{{membership_facts_row(*node_)}};
        }
        if (sql == statement::kServerId) {
            return Rows{{Row{node_->server_id}}};
        }
        if (sql == statement::kIssuedIds) {
            return Rows{{Row{std::to_string(node_->greatest_shard),
                             std::to_string(greatest_node(*node_))}}};
        }
        if (sql == statement::kNodes) {
            Rows rows;
            for (const auto& row : node_->rows) {
                rows.values.push_back(node_row(row));
            }
            return rows;
        }
        if (sql == statement::kMakeRecords) {
            node_->has_records = true;
            return Rows{{Row{""}}};
        }
        if (sql == statement::kRecords || sql == statement::kForgetRecord ||
            sql == statement::kForgetNode || sql == statement::kWriteRecord ||
            sql == statement::kNotePosition || sql == statement::kNoteBehind ||
            sql == statement::kNoteCopy) {
            return answer_records(*node_, sql, parameters);
        }
        if (sql == statement::kStakes || sql == statement::kShardNames ||
            sql == statement::kMissingShards || sql == statement::kStoredTables) {
            return answer_shards(*node_, sql, parameters);
        }
        if (auto answered = answer_moves(node_->moves, sql, parameters)) {
            return *std::move(answered);
        }
        return change_nodes(sql, parameters);
    }

    SqlResult<Rows> update_node(const std::vector<std::string>& parameters) {
        const HostPort address{parameters[1], static_cast<std::uint16_t>(std::stoi(parameters[2]))};
        const auto updated = cluster_.update_node(*node_, std::stoi(parameters[0]), address);
        if (!updated) {
            return tl::unexpected(updated.error());
        }
        return changed("update " + parameters[0] + " to " + address.text());
    }

    SqlResult<Rows> change_nodes(const std::string& sql,
                                 const std::vector<std::string>& parameters) {
        namespace statement = citus::statement;
        if (sql == statement::kUpdateNode) {
            return update_node(parameters);
        }
        if (sql == statement::kGroupOfNode) {
            return group_of(parameters.at(0));
        }
        if (parameters.size() != 2) {
            return tl::unexpected(SqlError{"42601", "unknown statement: " + sql, "", ""});
        }
        const HostPort address{parameters[0], static_cast<std::uint16_t>(std::stoi(parameters[1]))};
        if (sql == statement::kAddNode) {
            if (const auto added = cluster_.add_node(*node_, address); !added) {
                return tl::unexpected(added.error());
            }
            changes_made("add " + address.text());
            return Rows{{Row{std::to_string(node_->rows.back().node_id)}}};
        }
        if (sql == statement::kActivateNode) {
            if (const auto activated = cluster_.activate_node(*node_, address); !activated) {
                return tl::unexpected(activated.error());
            }
            return changed("activate " + address.text());
        }
        if (sql == statement::kSetCoordinatorHost) {
            return set_coordinator_host(address);
        }
        for (auto& row : node_->rows) {
            if (row.address == address) {
                row.should_have_shards = true;
                return changed("shards " + address.text());
            }
        }
        return tl::unexpected(SqlError{"XX000", "node does not exist", "", ""});
    }

    SqlResult<Rows> set_coordinator_host(const HostPort& address) {
        for (const auto& row : node_->rows) {
            if (row.group_id != 0 && row.active && !cluster_.answers(row.address)) {
                return tl::unexpected(FakeCluster::refused(row.address));
            }
        }
        const auto own = std::find_if(node_->rows.begin(), node_->rows.end(),
                                      [](const auto& row) { return row.group_id == 0; });
        if (own != node_->rows.end()) {
            own->address = address;
        } else {
            RegisteredNode row;
            row.node_id = 1000;
            row.address = address;
            row.has_metadata = row.active = row.metadata_synced = true;
            node_->rows.push_back(row);
        }
        cluster_.touch_all(*node_);
        for (const auto& row : node_->rows) {
            if (const auto node = cluster_.find(row.address); node && row.group_id != 0) {
                node->rows = node_->rows;
            }
        }
        return changed("host " + address.text());
    }

    SqlResult<Rows> create_database(const std::string& sql) {
        std::string name = sql.substr(std::string(citus::statement::kCreateDatabase).size());
        name = name.substr(1, name.size() - 2);
        if (!node_->databases.insert(name).second) {
            return tl::unexpected(SqlError{"42P04", "database already exists", "", ""});
        }
        return changed(sql);
    }

    SqlResult<Rows> group_of(const std::string& node_id) const {
        for (const auto& row : node_->rows) {
            if (std::to_string(row.node_id) == node_id) {
                return Rows{{Row{std::to_string(row.group_id)}}};
            }
        }
        return Rows{};
    }

    void changes_made(const std::string& what) {
        node_->changes.push_back(what);
        if (node_->on_change) {
            node_->on_change();
        }
    }

    SqlResult<Rows> changed(const std::string& what) {
        changes_made(what);
        return Rows{{Row{""}}};
    }

    void roll_back() {
        if (before_) {
            cluster_.restore(*std::exchange(before_, std::nullopt));
        }
    }

    FakeCluster& cluster_;
    std::shared_ptr<FakeNode> node_;
    std::optional<FakeCluster::Snapshot> before_;  // in a transaction: what it began with
};

class FakeConnector final : public citus::Connector {
  public:
    explicit FakeConnector(FakeCluster& cluster) : cluster_(cluster) {}

    [[nodiscard]] SqlResult<std::unique_ptr<citus::Session>> connect(
        const citus::ConnectionTarget& target) override {
        const std::lock_guard lock(cluster_.mutex);
        const HostPort address{target.host, target.port};
        if (!cluster_.answers(address)) {
            return tl::unexpected(FakeCluster::refused(address));
        }
        auto node = cluster_.find(address);
        if (!node->databases.contains(target.database)) {
            return tl::unexpected(
                SqlError{"3D000", "database \"" + target.database + "\" does not exist", "", ""});
        }
        ++connections;
        return std::make_unique<FakeSession>(cluster_, std::move(node));
    }

    int connections = 0;

  private:
    FakeCluster& cluster_;
};

}  // namespace citus_init::test
