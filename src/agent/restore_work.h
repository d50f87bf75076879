#pragma once

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/agent/worker_sources.h"
#include "citus_init/citus/restored_nodes.h"
#include "citus_init/node/inherited_settings.h"
#include "citus_init/postgres/restore_record.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// What the agent of a node does until its cluster is restored (ADR 78), in either phase of it:
// `recovering`, until pg_dist_node of every node has the addresses of the restored ones, and
// `settling`, until no transaction is in doubt on any of them. All is decided by the coordinator.
// An agent that is started anew goes on where another one was.
class RestoreWork {
  public:
    // All outlive it.
    RestoreWork(const AgentContext& context, LocalSession& local, Reporter& reporter,
                const postgres::RestoreRecord& record)
        : context_(context), local_(local), reporter_(reporter), record_(record) {}
    RestoreWork(const RestoreWork&) = delete;
    RestoreWork& operator=(const RestoreWork&) = delete;
    virtual ~RestoreWork() = default;

    // One attempt. None: the phase is over; else what it waits for. Blocks for a few connections.
    [[nodiscard]] std::optional<std::string> pass();

    // Whether the phase is over, by what this node's own server says alone: a worker's coordinator
    // writes it there.
    [[nodiscard]] bool is_over();

  protected:
    // "" = the phase is over. Called while it is not.
    [[nodiscard]] virtual citus::SqlResult<std::string> work(citus::Session& own) = 0;

    bool is_settling() const { return record_.phase == postgres::RestorePhase::settling; }
    // Whether nobody has named a point.
    bool may_choose_anew() const;
    void report_once(const status::RestoreReport& report);

    const AgentContext& context() const { return context_; }
    Reporter& reporter() const { return reporter_; }
    const postgres::RestoreRecord& record() const { return record_; }

  private:
    [[nodiscard]] citus::SqlResult<bool> is_over(citus::Session& own) const;

    const AgentContext& context_;
    LocalSession& local_;
    Reporter& reporter_;
    const postgres::RestoreRecord& record_;
    bool reported_ = false;
};

// Of a worker: tells the coordinator where it is, and waits until that has done its part here.
class WorkerRestore final : public RestoreWork {
  public:
    WorkerRestore(const AgentContext& context, LocalSession& local, Reporter& reporter,
                  const postgres::RestoreRecord& record)
        : RestoreWork(context, local, reporter, record),
          is_member_(std::getenv(node::kGroupKnownVariable) != nullptr) {}

  private:
    [[nodiscard]] citus::SqlResult<std::string> work(citus::Session& own) override;
    [[nodiscard]] std::string follow(const citus::RestoredNode& coordinator);
    [[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> connect(citus::Session& own);
    [[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> connect_as_superuser(
        citus::Session& own);
    [[nodiscard]] citus::SqlResult<std::string> rejoin(citus::Session& own,
                                                       citus::Session& coordinator);
    [[nodiscard]] citus::SqlResult<void> announce(citus::Session& own, citus::Session& coordinator);
    void ask_again_after_a_while();
    [[nodiscard]] citus::SqlResult<std::string> foreign_text(citus::Session& own);
    HostPort own_address() const;

    const bool is_member_;  // of a cluster that Patroni manages
    std::optional<std::chrono::steady_clock::time_point> unanswered_since_;
};

// Of the coordinator: finds the restored node of each group, and does the rest on all of them.
class CoordinatorRestore final : public RestoreWork {
  public:
    CoordinatorRestore(const AgentContext& context, LocalSession& local, Reporter& reporter,
                       const postgres::RestoreRecord& record)
        : RestoreWork(context, local, reporter, record), sources_(context, reporter) {}

  private:
    // A node that has proven to be the restored one of a group.
    struct FoundNode {
        HostPort address;
        std::string started_at;
    };
    // By group. `living`: nodes of the saved cluster that are not being restored and have this
    // node's address for their coordinator: they have lost only that.
    struct FoundNodes {
        std::map<int, std::vector<FoundNode>> restored;
        std::map<int, HostPort> living;
    };
    // A node, and a session in a database of it; none: Citus is not there.
    struct DatabaseNode {
        HostPort address;
        std::unique_ptr<citus::Session> session;
        int group = 0;  // that it has in that database
    };
    // A node of the restored cluster, how to connect to it, but for the database, and a session
    // in that of CITUS_DATABASE.
    struct ReachedNode {
        HostPort address;
        citus::ConnectionTarget target;
        std::unique_ptr<citus::Session> session{};
    };
    // "" = done; else what the phase waits for.
    using NodeAction = std::function<citus::SqlResult<std::string>(ReachedNode&)>;

    [[nodiscard]] citus::SqlResult<std::string> work(citus::Session& own) override;

    [[nodiscard]] citus::SqlResult<std::string> settle_addresses(citus::Session& own);
    [[nodiscard]] citus::SqlResult<FoundNodes> find_nodes(citus::Session& own);
    [[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> citus_session(
        citus::Session& main, citus::ConnectionTarget target, const std::string& database) const;
    [[nodiscard]] citus::SqlResult<DatabaseNode> database_node(const HostPort& address,
                                                               const std::string& database) const;
    [[nodiscard]] std::string move_rows(std::vector<citus::NodeRow>& rows, const DatabaseNode& own,
                                        const std::vector<DatabaseNode>& workers,
                                        const std::string& database) const;
    // What a node proves to be, added to `found`.
    void add(FoundNodes& found, const HostPort& address, citus::Session& session) const;
    [[nodiscard]] std::string missing_text(const FoundNodes& found) const;
    // "" = not so: the cluster lives, and this node goes on to the end of its WAL.
    [[nodiscard]] std::string rejoin(const FoundNodes& found);
    [[nodiscard]] citus::SqlResult<std::string> settle_database(
        const std::string& database, const std::map<int, HostPort>& addresses);
    [[nodiscard]] citus::SqlResult<std::string> settle_transactions(citus::Session& own);
    [[nodiscard]] citus::SqlResult<std::vector<ReachedNode>> cluster_nodes(
        citus::Session& own) const;
    [[nodiscard]] static citus::SqlResult<std::string> on_each(std::span<ReachedNode> nodes,
                                                               const NodeAction& action);
    [[nodiscard]] citus::SqlResult<std::string> reach(ReachedNode& node) const;
    [[nodiscard]] citus::SqlResult<std::string> recover_prepared(
        ReachedNode& node, const std::vector<std::string>& databases) const;
    [[nodiscard]] static citus::SqlResult<std::string> doubtful_text(ReachedNode& node);
    [[nodiscard]] citus::SqlResult<std::string> note_complete(ReachedNode& node) const;

    // With Citus, that of the node itself last.
    [[nodiscard]] citus::SqlResult<std::vector<std::string>> citus_databases(citus::Session& own);
    [[nodiscard]] citus::ConnectionTarget target_of(const HostPort& node,
                                                    const std::string& database) const;

    WorkerSources sources_;
    std::map<std::string, std::string> node_options_;
    bool forgot_announcements_ = false;
};

}  // namespace citus_init::agent
