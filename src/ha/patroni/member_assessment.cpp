#include "ha/patroni/member_assessment.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni {

namespace {

using ha::GroupMember;
using ha::GroupView;
using ha::MemberRole;
using ha::MemberSnapshot;
using ha::Place;

bool is_primary(const MemberSnapshot& snapshot) {
    return snapshot.status && snapshot.status->role == MemberRole::primary;
}

std::string waits_as_primary(const MemberSnapshot& snapshot) {
    if (!snapshot.leads) {
        return fmt::format("Patroni: the server is a primary that does not lead group {}",
                           snapshot.group);
    }
    return snapshot.facts->in_recovery ? "the server: its promotion is under way" : "";
}

std::string waits_for_workers(const MemberSnapshot& snapshot, int expected) {
    std::vector<std::string> missing;
    for (int group = 1; group <= expected; ++group) {
        const auto* row = snapshot.cluster->find_group(group);
        if (row == nullptr) {
            missing.push_back(fmt::format("group {} is not registered", group));
        } else if (!row->active || !row->metadata_synced) {
            missing.push_back(fmt::format("group {} ({}) is {}", group, row->address.text(),
                                          row->active ? "without the metadata" : "not active"));
        }
    }
    return missing.empty() ? ""
                           : fmt::format("{} worker group{}: {}", expected,
                                         expected == 1 ? "" : "s", join(missing, ", "));
}

// What Patroni means with its 503.
std::string waits_for_patroni(const MemberSnapshot& snapshot) {
    const std::string& state = snapshot.status->state;
    if (state != "running") {
        return fmt::format("the server: {}", state);
    }
    if (snapshot.without_store || !snapshot.members) {
        return "Patroni: it does not reach the configuration store, and cannot tell whether this "
               "replica is up to date";
    }
    if (snapshot.members->leader() == nullptr) {
        return fmt::format("Patroni: group {} has no leader that this replica could follow",
                           snapshot.group);
    }
    return snapshot.facts && snapshot.facts->receives_wal
               ? "Patroni: the replica is too far behind its leader"
               : "Patroni: the replica does not follow its leader yet";
}

// "w12, w13": those of the members that are in such a place.
std::string names_in(const GroupView& view, Place one, Place other) {
    std::vector<std::string> names;
    for (const GroupMember& member : view.members) {
        if (member.place == one || member.place == other) {
            names.push_back(member.name);
        }
    }
    return join(names, ", ");
}

std::string leader_line(const MemberSnapshot& snapshot) {
    std::string line = fmt::format("leader of group {}", snapshot.group);
    if (!snapshot.members) {
        return line;
    }
    const std::size_t replicas = snapshot.members->members.size() - 1;
    line += replicas == 0 ? ", no replica"
                          : fmt::format(", {} replica{}", replicas, replicas == 1 ? "" : "s");
    const std::string synchronous = names_in(*snapshot.members, Place::synchronous, Place::quorum);
    return synchronous.empty() ? line : line + ", synchronous: " + synchronous;
}

std::string replica_line(const MemberSnapshot& snapshot) {
    const auto* leader = snapshot.members ? snapshot.members->leader() : nullptr;
    const auto* own = snapshot.members ? snapshot.members->find(snapshot.name) : nullptr;
    if (leader == nullptr) {
        return fmt::format("replica in group {}, which has no leader", snapshot.group);
    }
    const std::string lag =
        own != nullptr && own->lag ? fmt::format("{} B", *own->lag) : "not known";
    return fmt::format(
        "replica of {} in group {}, lag {}{}", leader->name, snapshot.group, lag,
        own != nullptr && (own->place == Place::synchronous || own->place == Place::quorum)
            ? ", synchronous"
            : "");
}

std::string role_line(const MemberSnapshot& snapshot) {
    const auto& status = *snapshot.status;
    if (status.role == MemberRole::demoted) {
        return fmt::format("demoted in group {}", snapshot.group);
    }
    if (is_being_made(status.state)) {
        return fmt::format("group {}: {}", snapshot.group, status.state);
    }
    if (snapshot.without_store) {
        return is_primary(snapshot) ? fmt::format(
                                          "no DCS: primary of group {} by failsafe mode, as "
                                          "long as all members answer it",
                                          snapshot.group)
                                    : fmt::format("no DCS: read only in group {}", snapshot.group);
    }
    if (snapshot.leads) {
        return leader_line(snapshot);
    }
    return status.role == MemberRole::replica
               ? replica_line(snapshot)
               : fmt::format("group {}: {}", snapshot.group, status.state);
}

}  // namespace

std::string readiness_of(const ha::MemberSnapshot& snapshot,
                         const settings::PatroniSettings& settings, const std::string& database) {
    if (!snapshot.status) {
        return "Patroni: it does not answer yet";
    }
    if (is_being_made(snapshot.status->state)) {
        return "the data directory: " + snapshot.status->state;
    }
    if (!snapshot.is_ready) {
        return waits_for_patroni(snapshot);
    }
    if (snapshot.database_is_missing || (snapshot.facts && !snapshot.facts->has_citus)) {
        return fmt::format(
            "Citus: {} the database \"{}\"; Patroni makes both on the leader that "
            "bootstraps the group, and never later: where that has ended, its log "
            "says why not",
            snapshot.database_is_missing ? "there is not even" : "it is not in", database);
    }
    if (!snapshot.facts) {
        return "the server: " + snapshot.server_trouble;
    }
    if (is_primary(snapshot)) {
        std::string reason = waits_as_primary(snapshot);
        if (!reason.empty() || settings.group != 0) {
            return reason;
        }
        return waits_for_workers(snapshot, settings.expected_worker_groups);
    }
    // Patroni before 4 calls every replica ready that runs.
    return is_left_behind(snapshot) ? "the server: it gets nothing from its leader" : "";
}

bool is_left_behind(const ha::MemberSnapshot& snapshot) {
    const auto* leader = snapshot.members ? snapshot.members->leader() : nullptr;
    return leader != nullptr && leader->name != snapshot.name && snapshot.facts &&
           snapshot.facts->in_recovery && !snapshot.facts->receives_wal;
}

std::string membership_of(const ha::MemberSnapshot& snapshot) {
    if (!snapshot.status) {
        return "Patroni does not answer";
    }
    const bool paused = snapshot.status->paused || (snapshot.members && snapshot.members->paused);
    return (paused ? "paused, " : "") + role_line(snapshot);
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
