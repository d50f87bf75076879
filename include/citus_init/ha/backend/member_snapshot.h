#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/member_facts.h"
#include "citus_init/ha/group_view.h"
#include "citus_init/ha/member_status.h"

namespace citus_init::ha {

// What answers at the address of a worker's row of pg_dist_node.
struct WorkerAnswer {
    std::optional<bool> in_recovery;
    std::string trouble;  // why that is not known
    bool operator==(const WorkerAnswer&) const = default;
};

// What one probe of a member found, of its manager (MemberMonitor::probe()) and of its server
// (agent/member/member_probe.h). Plain data; MemberMonitor::assess() concludes from it.
struct MemberSnapshot {
    std::string name;  // of the member
    int group = 0;
    std::optional<MemberStatus> status;        // none: the manager did not answer
    bool is_ready = false;                     // in the manager's judgement
    bool leads = false;                        // it holds the leader key, and is no replica
    bool without_store = false;                // the manager has not reached the DCS for a while
    std::optional<StoredGroup> stored;         // as a primary reads it from the DCS
    std::optional<GroupView> members;          // of this group
    std::vector<std::string> missing_members;  // it had them before
    bool synchronous_mode = false;             // in the DCS's configuration
    bool never_made = false;  // no member of the group has ever finished bootstrapping it
    bool database_is_missing = false;
    std::string server_trouble;  // why the server was not asked, "" = it was
    std::optional<citus::MemberFacts> facts;
    std::optional<citus::Cluster> cluster;  // pg_dist_node, as this member has it
    std::map<int, WorkerAnswer> workers;    // by group; of the coordinator's leader, once probed
};

}  // namespace citus_init::ha
