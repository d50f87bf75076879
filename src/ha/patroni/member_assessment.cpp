#include "ha/patroni/member_assessment.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni {

namespace {

using ha::GroupMember;
using ha::MemberRole;
using ha::MemberSnapshot;
using ha::Place;
using status::Condition;
using status::ConditionKind;
using status::GroupRole;
using status::GroupStatus;

bool is_primary(const MemberSnapshot& snapshot) {
    return snapshot.status && snapshot.status->role == MemberRole::primary;
}

Condition of_group(ConditionKind kind, int group) {
    Condition condition{kind};
    condition.number = group;
    return condition;
}

Condition waits_as_primary(const MemberSnapshot& snapshot) {
    if (!snapshot.leads) {
        return of_group(ConditionKind::primary_without_lead, snapshot.group);
    }
    return snapshot.facts->in_recovery ? Condition{ConditionKind::promotion_pending} : Condition();
}

Condition waits_for_workers(const MemberSnapshot& snapshot, int expected) {
    Condition pending = of_group(ConditionKind::worker_groups_pending, expected);
    for (int group = 1; group <= expected; ++group) {
        const auto* row = snapshot.cluster->find_group(group);
        if (row == nullptr) {
            pending.causes.push_back(of_group(ConditionKind::worker_group_unregistered, group));
        } else if (!row->active || !row->metadata_synced) {
            pending.causes.push_back(of_group(row->active
                                                  ? ConditionKind::worker_group_without_metadata
                                                  : ConditionKind::worker_group_inactive,
                                              group));
            pending.causes.back().address = row->address;
        }
    }
    return pending.causes.empty() ? Condition() : pending;
}

// What Patroni means with its 503.
Condition waits_for_patroni(const MemberSnapshot& snapshot) {
    const std::string& state = snapshot.status->state;
    if (state != "running") {
        return {ConditionKind::server_state, "", state};
    }
    if (snapshot.without_store || !snapshot.members) {
        return {ConditionKind::dcs_unreachable};
    }
    if (snapshot.members->leader() == nullptr) {
        return of_group(ConditionKind::group_without_leader, snapshot.group);
    }
    return {snapshot.facts && snapshot.facts->receives_wal ? ConditionKind::replica_lagging
                                                           : ConditionKind::replica_not_following};
}

bool counts_as_synchronous(const GroupMember& member) {
    return member.place == Place::synchronous || member.place == Place::quorum;
}

void describe_leader(const MemberSnapshot& snapshot, GroupStatus& group) {
    group.role = GroupRole::leader;
    if (!snapshot.members) {
        return;
    }
    group.replicas = static_cast<int>(snapshot.members->members.size()) - 1;
    for (const GroupMember& member : snapshot.members->members) {
        if (counts_as_synchronous(member)) {
            group.synchronous.push_back(member.name);
        }
    }
}

void describe_replica(const MemberSnapshot& snapshot, GroupStatus& group) {
    const auto* leader = snapshot.members ? snapshot.members->leader() : nullptr;
    const auto* own = snapshot.members ? snapshot.members->find(snapshot.name) : nullptr;
    group.role = leader == nullptr ? GroupRole::leaderless : GroupRole::replica;
    group.leader = leader == nullptr ? "" : leader->name;
    if (own != nullptr) {
        group.lag = own->lag;
        group.is_synchronous = counts_as_synchronous(*own);
    }
}

void describe_role(const MemberSnapshot& snapshot, GroupStatus& group) {
    const auto& status = *snapshot.status;
    if (status.role == MemberRole::demoted) {
        group.role = GroupRole::demoted;
    } else if (is_being_made(status.state)) {
        group.role = GroupRole::creating;
    } else if (snapshot.without_store) {
        group.role = is_primary(snapshot) ? GroupRole::failsafe_primary : GroupRole::read_only;
    } else if (snapshot.leads) {
        describe_leader(snapshot, group);
    } else if (status.role == MemberRole::replica) {
        describe_replica(snapshot, group);
    } else {
        group.role = GroupRole::other;
    }
}

}  // namespace

Condition readiness_of(const ha::MemberSnapshot& snapshot,
                       const settings::PatroniSettings& settings, const std::string& database) {
    if (!snapshot.status) {
        return {ConditionKind::patroni_silent};
    }
    if (is_being_made(snapshot.status->state)) {
        return {ConditionKind::making_data_directory, "", snapshot.status->state};
    }
    if (!snapshot.is_ready) {
        return waits_for_patroni(snapshot);
    }
    if (snapshot.database_is_missing) {
        return {ConditionKind::database_missing, database};
    }
    if (!snapshot.facts) {
        return {ConditionKind::server_unreachable, "", "", snapshot.server_trouble};
    }
    if (!snapshot.facts->has_citus) {
        return {ConditionKind::extension_missing, database};
    }
    if (is_primary(snapshot)) {
        const Condition condition = waits_as_primary(snapshot);
        return !is_none(condition) || settings.group != 0
                   ? condition
                   : waits_for_workers(snapshot, settings.expected_worker_groups);
    }
    // Patroni before 4 calls every replica ready that runs.
    return is_left_behind(snapshot) ? Condition{ConditionKind::replica_without_wal} : Condition();
}

bool is_left_behind(const ha::MemberSnapshot& snapshot) {
    const auto* leader = snapshot.members ? snapshot.members->leader() : nullptr;
    return leader != nullptr && leader->name != snapshot.name && snapshot.facts &&
           snapshot.facts->in_recovery && !snapshot.facts->receives_wal;
}

GroupStatus group_status_of(const ha::MemberSnapshot& snapshot) {
    GroupStatus group;
    group.group = snapshot.group;
    if (snapshot.status) {
        group.state = snapshot.status->state;
        group.paused = snapshot.status->paused || (snapshot.members && snapshot.members->paused);
        describe_role(snapshot, group);
    }
    return group;
}

std::string handover_trouble(const ha::GroupView& group, bool synchronous_mode) {
    constexpr std::int64_t kMostLag = 1'048'576;
    const GroupMember* leader = group.leader();
    if (leader == nullptr) {
        return "the group has no leader";
    }
    if (group.paused) {
        return "the group is paused: nobody takes over";
    }
    if (group.members.size() == 1) {
        return fmt::format("{} has no replica", leader->name);
    }
    std::vector<std::string> reasons;
    for (const GroupMember& member : group.members) {
        if (&member == leader) {
            continue;
        }
        const bool runs = member.state == "running" || member.state == "streaming";
        const bool counts = member.place == Place::synchronous || member.place == Place::quorum;
        if (!runs) {
            reasons.push_back(fmt::format("{} is not running ({})", member.name, member.state));
        } else if (member.never_leads) {
            reasons.push_back(member.name + " must not lead (nofailover or failover_priority 0)");
        } else if (synchronous_mode && !counts) {
            reasons.push_back(member.name + " does not count as synchronous");
        } else if (member.lag.value_or(kMostLag) >= kMostLag) {
            reasons.push_back(fmt::format(
                "{} is {} behind {}", member.name,
                member.lag ? fmt::format("{} B", *member.lag) : "not known how far", leader->name));
        } else {
            return "";
        }
    }
    return join(reasons, ", ");
}

}  // namespace citus_init::patroni
