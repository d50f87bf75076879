#include "citus_init/agent/member/group_status.h"

#include <map>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/load.h"

#include "agent/member/member_probe.h"
#include "agent/member/monitor.h"

namespace citus_init::agent {

namespace {

GroupListing listing_of(int group, ha::GroupAnswer answer) {
    GroupListing listing{group, {}, {}, {}};
    if (answer) {
        listing.members = std::move(*answer);
        listing.trouble = listing.members ? "" : "its Patroni does not reach the DCS";
    } else {
        listing.trouble = answer.error().message;
    }
    return listing;
}

// By group: what pg_dist_node has. "" = the own one.
std::map<int, std::string> registered_hosts(const ha::MemberSnapshot& snapshot) {
    std::map<int, std::string> hosts{{snapshot.group, ""}};
    if (snapshot.cluster) {
        if (snapshot.cluster->coordinator) {
            hosts.try_emplace(0, snapshot.cluster->coordinator->address.host);
        }
        for (const auto& worker : snapshot.cluster->workers) {
            hosts.try_emplace(worker.group_id, worker.address.host);
        }
    }
    return hosts;
}

// `listing`: of one whose registered member is gone.
void ask_others(GroupListing& listing, const ha::StoredGroup& stored, ha::MemberMonitor& monitor) {
    for (const auto& member : stored.members.members) {
        GroupListing answer = listing_of(listing.group, monitor.group_of(member));
        if (answer.members) {
            listing = std::move(answer);
            return;
        }
    }
    listing.members = stored.members;
}

// What no member answers.
void add_stored_facts(GroupListing& listing, const ha::StoredGroup& stored) {
    if (stored.lease) {
        listing.synchronous_mode = stored.lease->synchronous_mode;
    }
    if (!listing.members) {
        return;
    }
    for (auto& member : listing.members->members) {
        if (const auto* known = stored.members.find(member.name)) {
            member.version = known->version;
            member.has_old_version = known->has_old_version;
        }
    }
}

std::vector<GroupListing> ask_all(const ha::MemberSnapshot& snapshot, ha::MemberMonitor& monitor) {
    std::map<int, GroupListing> groups;
    for (const auto& [group, host] : registered_hosts(snapshot)) {
        groups.emplace(group,
                       listing_of(group, host.empty() ? monitor.group() : monitor.group_at(host)));
    }
    // A store that the manager does not reach costs us 4 s for each of its servers.
    if (!snapshot.without_store) {
        for (const auto& [group, stored] : monitor.stored_groups()) {
            GroupListing& listing =
                groups
                    .try_emplace(
                        group,
                        GroupListing{group, {}, "it has no member that pg_dist_node names", {}})
                    .first->second;
            if (!listing.members) {
                ask_others(listing, stored, monitor);
            }
            add_stored_facts(listing, stored);
        }
    }
    std::vector<GroupListing> result;
    result.reserve(groups.size());
    for (auto& [group, listing] : groups) {
        result.push_back(std::move(listing));
    }
    return result;
}

}  // namespace

std::optional<GroupsStatus> inspect_groups(const AgentContext& node) {
    const auto monitor = make_monitor(node.settings);
    if (!monitor) {
        return std::nullopt;
    }
    ha::MemberMonitor& member = **monitor;
    MemberProbe probe(node, member);
    ha::MemberSnapshot snapshot = probe.take_snapshot(member.status(), member.configured_lease());
    if (snapshot.leads && snapshot.group == 0) {
        probe.probe_workers(snapshot);
    }
    return GroupsStatus{snapshot.name, snapshot.group, ask_all(snapshot, member),
                        member.findings_of(snapshot)};
}

std::string handover_trouble(const settings::Environment& environment) {
    const auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded || !loaded->settings.patroni) {
        return "there is no group: this is not a member that Patroni manages, or its settings "
               "cannot be read here";
    }
    const auto monitor = make_monitor(loaded->settings);
    const auto group = monitor ? (*monitor)->group() : fail(monitor.error());
    if (!group) {
        return group.error().message;
    }
    if (!*group) {
        return "Patroni does not reach the configuration store";
    }
    ha::MemberMonitor& member = **monitor;
    ha::MemberSnapshot snapshot;
    snapshot.members = *group;
    snapshot.synchronous_mode =
        member.read_lease().value_or(member.configured_lease()).synchronous_mode;
    return member.assess(snapshot).handover;
}

std::string manager_trouble(const settings::Environment& environment) {
    const auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return {};
    }
    const auto monitor = make_monitor(loaded->settings);
    return monitor ? (*monitor)->liveness_trouble() : "";
}

}  // namespace citus_init::agent
