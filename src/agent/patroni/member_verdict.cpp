#include "agent/patroni/member_verdict.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::agent {

namespace {

using patroni::GroupMember;
using patroni::MemberRole;
using patroni::Place;

constexpr int kOk = 200;

bool is_primary(const MemberLook& look) {
    return look.status && look.status->role == MemberRole::primary;
}

std::string waits_as_primary(const MemberLook& look) {
    if (!look.leads) {
        return fmt::format("Patroni: the server is a primary that does not lead group {}",
                           look.group);
    }
    return look.facts->in_recovery ? "the server: its promotion is under way" : "";
}

std::string waits_for_workers(const MemberLook& look, int expected) {
    std::vector<std::string> missing;
    for (int group = 1; group <= expected; ++group) {
        const auto* row = look.cluster->find_group(group);
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
std::string waits_for_patroni(const MemberLook& look) {
    const std::string& state = look.status->state;
    if (state != "running") {
        return fmt::format("the server: {}", state);
    }
    if (look.without_store || !look.members) {
        return "Patroni: it does not reach the configuration store, and cannot tell whether this "
               "replica is up to date";
    }
    if (look.members->leader() == nullptr) {
        return fmt::format("Patroni: group {} has no leader that this replica could follow",
                           look.group);
    }
    return look.facts && look.facts->receives_wal
               ? "Patroni: the replica is too far behind its leader"
               : "Patroni: the replica does not follow its leader yet";
}

// "w12, w13": those of the members that are in such a place.
std::string names_in(const patroni::GroupView& view, Place one, Place other) {
    std::vector<std::string> names;
    for (const GroupMember& member : view.members) {
        if (member.place == one || member.place == other) {
            names.push_back(member.name);
        }
    }
    return join(names, ", ");
}

std::string leader_line(const MemberLook& look) {
    std::string line = fmt::format("leader of group {}", look.group);
    if (!look.members) {
        return line;
    }
    const std::size_t replicas = look.members->members.size() - 1;
    line += replicas == 0 ? ", no replica"
                          : fmt::format(", {} replica{}", replicas, replicas == 1 ? "" : "s");
    const std::string synchronous = names_in(*look.members, Place::synchronous, Place::quorum);
    return synchronous.empty() ? line : line + ", synchronous: " + synchronous;
}

std::string replica_line(const MemberLook& look) {
    const auto* leader = look.members ? look.members->leader() : nullptr;
    const auto* own = look.members ? look.members->find(look.name) : nullptr;
    if (leader == nullptr) {
        return fmt::format("replica in group {}, which has no leader", look.group);
    }
    const std::string lag =
        own != nullptr && own->lag ? fmt::format("{} B", *own->lag) : "not known";
    return fmt::format(
        "replica of {} in group {}, lag {}{}", leader->name, look.group, lag,
        own != nullptr && (own->place == Place::synchronous || own->place == Place::quorum)
            ? ", synchronous"
            : "");
}

std::string role_line(const MemberLook& look) {
    const auto& status = *look.status;
    if (status.role == MemberRole::demoted) {
        return fmt::format("demoted in group {}", look.group);
    }
    if (patroni::is_being_made(status.state)) {
        return fmt::format("group {}: {}", look.group, status.state);
    }
    if (look.without_store) {
        return is_primary(look) ? fmt::format(
                                      "no DCS: primary of group {} by failsafe mode, as "
                                      "long as all members answer it",
                                      look.group)
                                : fmt::format("no DCS: read only in group {}", look.group);
    }
    if (look.leads) {
        return leader_line(look);
    }
    return status.role == MemberRole::replica
               ? replica_line(look)
               : fmt::format("group {}: {}", look.group, status.state);
}

}  // namespace

std::string readiness_of(const MemberLook& look, const settings::PatroniSettings& settings,
                         const std::string& database) {
    if (!look.status) {
        return "Patroni: it does not answer yet";
    }
    if (patroni::is_being_made(look.status->state)) {
        return "the data directory: " + look.status->state;
    }
    if (look.readiness != kOk) {
        return waits_for_patroni(look);
    }
    if (look.database_is_missing || (look.facts && !look.facts->has_citus)) {
        return fmt::format(
            "Citus: {} the database \"{}\"; Patroni makes both on the leader that "
            "bootstraps the group, and never later: where that has ended, its log "
            "says why not",
            look.database_is_missing ? "there is not even" : "it is not in", database);
    }
    if (!look.facts) {
        return "the server: " + look.server_trouble;
    }
    if (is_primary(look)) {
        std::string reason = waits_as_primary(look);
        if (!reason.empty() || settings.group != 0) {
            return reason;
        }
        return waits_for_workers(look, settings.expected_worker_groups);
    }
    // Patroni before 4 calls every replica ready that runs.
    return is_left_behind(look) ? "the server: it gets nothing from its leader" : "";
}

bool is_left_behind(const MemberLook& look) {
    const auto* leader = look.members ? look.members->leader() : nullptr;
    return leader != nullptr && leader->name != look.name && look.facts &&
           look.facts->in_recovery && !look.facts->receives_wal;
}

std::string membership_of(const MemberLook& look) {
    if (!look.status) {
        return "Patroni does not answer";
    }
    const bool paused = look.status->paused || (look.members && look.members->paused);
    return (paused ? "paused, " : "") + role_line(look);
}

}  // namespace citus_init::agent
