#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr std::int64_t kMuchLag = 16LL << 20;
constexpr const char* kListMembers =
    "`citus-init nodes` on any member lists all; the log of the members says more";

using Members = std::vector<const NodeFacts*>;

std::string group_text(const GroupFacts& group) {
    return fmt::format("group {}", group.number);
}

Members members_of(const ClusterFacts& cluster, int group) {
    Members members;
    for (const NodeFacts& node : cluster.nodes) {
        if (node.member && node.member->group == group) {
            members.push_back(&node);
        }
    }
    return members;
}

const NodeFacts* leader_of(const Members& members) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [](const NodeFacts* node) { return node->member->leads; });
    return found == members.end() ? nullptr : *found;
}

// Servers that take writes, whatever Patroni says.
std::vector<std::string> primaries_of(const Members& members) {
    std::vector<std::string> names;
    for (const NodeFacts* node : members) {
        if (node->trouble.empty() && node->server && !node->server->in_recovery) {
            names.push_back(node->name);
        }
    }
    return names;
}

// Patroni calls a standby "streaming" since 3.1, and "running" before.
bool follows(const MemberFacts& standby, const MemberFacts& leader) {
    const bool runs = standby.state == "streaming" || standby.state == "running";
    return runs && (!standby.timeline || !leader.timeline || standby.timeline == leader.timeline);
}

Members followers_of(const Members& members, const NodeFacts& leader) {
    Members followers;
    std::copy_if(members.begin(), members.end(), std::back_inserter(followers),
                 [&](const NodeFacts* node) {
                     return !node->member->leads && follows(*node->member, *leader.member);
                 });
    return followers;
}

// Why it does not follow, or not closely; "" = it does.
std::string why_behind(const MemberFacts& standby, const MemberFacts& leader) {
    if (!follows(standby, leader)) {
        const bool is_elsewhere =
            standby.timeline && leader.timeline && standby.timeline != leader.timeline;
        return fmt::format("is {} and does not follow {}{}", standby.state, leader.name,
                           is_elsewhere ? fmt::format(" (timeline {}, its leader's is {})",
                                                      *standby.timeline, *leader.timeline)
                                        : "");
    }
    return standby.lag.value_or(0) > kMuchLag
               ? fmt::format("is {} behind {}", size_text(*standby.lag), leader.name)
               : "";
}

}  // namespace

void find_unknown_groups(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        if (!group.is_known || !group.trouble.empty()) {
            report.add(group_text(group),
                       (group.is_known ? "no member answers: " : "its members are not known: ") +
                           group.trouble,
                       "Start its members, or bring the configuration store back; `citus-init "
                       "health` on a member says what it waits for");
        }
    }
}

void find_groups_without_one_leader(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        const auto members = members_of(cluster, group.number);
        const auto primaries = primaries_of(members);
        if (primaries.size() > 1) {
            report.add(group_text(group), "several members take writes: " + names_text(primaries),
                       "Stop all but the one that `citus-init nodes` calls the leader at once; "
                       "Patroni makes a standby of each when it is started again");
        } else if (group.is_known && leader_of(members) == nullptr) {
            report.add(group_text(group), "has no leader", kListMembers);
        }
    }
}

void find_paused_groups(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        if (group.paused) {
            report.add(group_text(group), "is paused",
                       fmt::format("patronictl -c CITUS_PATRONI_DIR/patroni.yml resume "
                                   "PATRONI_SCOPE --group {}, as the server's user in a member",
                                   group.number));
        }
    }
}

void find_groups_without_standby(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        const auto members = members_of(cluster, group.number);
        const NodeFacts* leader = leader_of(members);
        if (leader == nullptr) {
            continue;
        }
        const auto followers = followers_of(members, *leader);
        const bool any = std::any_of(followers.begin(), followers.end(),
                                     [](const auto* node) { return !node->member->never_leads; });
        if (!any) {
            report.add(
                group_text(group),
                fmt::format("{} leads, and no standby {} it", leader->name,
                            followers.empty() ? "follows" : "that may lead (tags) follows"),
                fmt::format("Start another member with PATRONI_CITUS_GROUP={}", group.number));
        }
    }
}

void find_groups_without_synchronous_standby(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        const auto members = members_of(cluster, group.number);
        const NodeFacts* leader = leader_of(members);
        if (leader == nullptr || !group.synchronous_mode.value_or(false)) {
            continue;
        }
        const auto followers = followers_of(members, *leader);
        const bool any = std::any_of(followers.begin(), followers.end(),
                                     [](const auto* node) { return node->member->is_synchronous; });
        if (!followers.empty() && !any) {
            report.add(group_text(group),
                       "synchronous mode is on, and no standby counts as synchronous",
                       fmt::format("Right after a start or a failover it counts within seconds. "
                                   "Else `citus-init status` on {} says what keeps it",
                                   leader->member->name));
        }
    }
}

void find_standbys_behind(const ClusterFacts& cluster, Report& report) {
    for (const GroupFacts& group : cluster.groups) {
        const auto members = members_of(cluster, group.number);
        const NodeFacts* leader = leader_of(members);
        for (const NodeFacts* node : members) {
            if (leader == nullptr || node->member->leads) {
                continue;
            }
            if (const auto why = why_behind(*node->member, *leader->member); !why.empty()) {
                report.add(*node, why,
                           fmt::format("Its log says why. Where it asks for WAL that is removed: "
                                       "patronictl -c CITUS_PATRONI_DIR/patroni.yml reinit "
                                       "PATRONI_SCOPE {} --group {} copies the leader anew",
                                       node->member->name, group.number));
            }
        }
    }
}

void compare_patronis(const ClusterFacts& cluster, Report& report) {
    const NodeFacts* other = nullptr;  // the first that is known
    for (const NodeFacts& node : cluster.nodes) {
        if (!node.member || node.member->patroni.empty()) {
            continue;
        }
        other = other == nullptr ? &node : other;
        constexpr const char* kSameImage = "Start every member with the same image";
        if (node.member->has_old_patroni) {
            report.add(node, fmt::format("runs Patroni {}", node.member->patroni),
                       "Use an image with Patroni 3.3 or later, better 4.1, for every member");
        } else if (node.member->patroni != other->member->patroni) {
            report.add(node,
                       fmt::format("runs Patroni {}, {} {}", node.member->patroni, other->name,
                                   other->member->patroni),
                       kSameImage);
        }
    }
}

}  // namespace citus_init::doctor
