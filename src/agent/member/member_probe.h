#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/member_facts.h"
#include "citus_init/ha/patroni/client/rest_client.h"
#include "citus_init/ha/patroni/group_view.h"
#include "citus_init/ha/patroni/lease.h"
#include "citus_init/ha/patroni/member_status.h"
#include "citus_init/ha/patroni/stored_group.h"

#include "agent/local_session.h"
#include "agent/member/stored_group_watch.h"

namespace citus_init::agent {

// What stands behind a worker's row of pg_dist_node.
struct WorkerAnswer {
    std::optional<bool> in_recovery;
    std::string trouble;  // why that is not known
    bool operator==(const WorkerAnswer&) const = default;
};

// What one look at a member found. Plain data: what it means is member_verdict.h's to say.
struct MemberSnapshot {
    std::string name;  // of the member
    int group = 0;
    std::optional<patroni::MemberStatus> status;  // none: Patroni did not answer
    std::optional<int> readiness;                 // HTTP's status of GET /readiness
    bool leads = false;                           // it holds the leader key, and is no replica
    bool without_store = false;                   // Patroni has not reached the DCS for a while
    std::optional<patroni::StoredGroup> stored;   // as a primary reads it from etcd
    std::optional<patroni::GroupView> members;    // of this group
    std::vector<std::string> missing_members;     // it had them before
    bool synchronous_mode = false;                // of the configuration store
    bool never_made = false;  // GET /config: no member of the group has come to the end of initdb
    bool database_is_missing = false;
    std::string server_trouble;  // why the server was not asked, "" = it was
    std::optional<citus::MemberFacts> facts;
    std::optional<citus::Cluster> cluster;  // pg_dist_node, as this member has it
    std::map<int, WorkerAnswer> workers;    // by group; of the coordinator's leader, once probed
};

// Looks. For one thread.
class MemberProbe {
  public:
    // All outlive it. `group`: null where nobody watches it.
    MemberProbe(const AgentContext& context, ha::RestClient& rest, const StoredGroupWatch* group);

    // `status`: what GET /patroni said last; `lease`: the one that applies. Blocks for its requests
    // and statements, each with a deadline.
    MemberSnapshot take_snapshot(std::optional<patroni::MemberStatus> status,
                                 const patroni::Lease& lease);

    // Asks each worker of `look` what it is.
    void probe_workers(MemberSnapshot& snapshot);

    LocalSession& local() { return local_; }

  private:
    std::optional<patroni::GroupView> members(const MemberSnapshot& snapshot);
    std::optional<int> status_of(const std::string& path);
    bool holds_key(const MemberSnapshot& snapshot);
    bool was_never_made(const MemberSnapshot& snapshot);
    void ask_server(MemberSnapshot& snapshot);
    [[nodiscard]] citus::SqlResult<void> read_server(MemberSnapshot& snapshot);
    bool is_without_store(const patroni::MemberStatus& status, const patroni::Lease& lease) const;

    const AgentContext& context_;
    const settings::PatroniSettings& settings_;
    ha::RestClient& rest_;
    const StoredGroupWatch* group_;
    LocalSession local_;
    std::string name_;
};

}  // namespace citus_init::agent
