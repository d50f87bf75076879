#include "citus_init/agent/member/group_status.h"

#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/ha/patroni/rest_access.h"
#include "citus_init/ha/patroni/stored_group.h"
#include "citus_init/http/client.h"
#include "citus_init/node/node_name.h"
#include "citus_init/settings/load.h"

#include "agent/member/member_assessment.h"
#include "agent/member/member_probe.h"

namespace citus_init::agent {

namespace {

Result<ha::RestClient> rest_client(const settings::Settings& settings) {
    auto client = http::Client::create();
    if (!client) {
        return fail(client.error());
    }
    return ha::RestClient(std::move(*client),
                          patroni::own_rest_access(settings, node::node_name(settings.citus)));
}

GroupListing listing_of(int group, const Result<http::Response>& response) {
    GroupListing listing{group, {}, {}};
    if (response) {
        listing.members = patroni::parse_group_view(response->body);
        listing.trouble = listing.members ? "" : "its Patroni does not reach the DCS";
    } else {
        listing.trouble = response.error().message;
    }
    return listing;
}

// By group: what pg_dist_node has. "" = the own one.
std::map<int, std::string> registered_hosts(const MemberSnapshot& snapshot) {
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

std::map<int, patroni::StoredGroup> read_store(const settings::PatroniSettings& patroni) {
    auto client = http::Client::create();
    if (!client) {
        return {};
    }
    const std::string prefix = patroni::store_prefix(patroni.namespace_path, patroni.scope);
    const auto entries = ha::EtcdClient(std::move(*client), patroni.etcd3).read(prefix);
    return patroni::stored_groups(entries.value_or(std::vector<patroni::StoreEntry>{}), prefix);
}

// `listing`: of one whose registered member is gone.
void ask_others(GroupListing& listing, const patroni::StoredGroup& stored, ha::RestClient& rest) {
    for (const auto& member : stored.members.members) {
        GroupListing answer = listing_of(listing.group, rest.get_at(member.rest_url, "/cluster"));
        if (answer.members) {
            listing = std::move(answer);
            return;
        }
    }
    listing.members = stored.members;
}

std::vector<GroupListing> ask_all(const MemberSnapshot& snapshot, ha::RestClient& rest,
                                  const settings::PatroniSettings& patroni) {
    std::map<int, GroupListing> groups;
    for (const auto& [group, host] : registered_hosts(snapshot)) {
        groups.emplace(group, listing_of(group, host.empty() ? rest.get("/cluster")
                                                             : rest.get_of(host, "/cluster")));
    }
    // One that Patroni does not reach costs us 4 s for each of its servers.
    if (!snapshot.without_store) {
        for (const auto& [group, stored] : read_store(patroni)) {
            GroupListing& listing =
                groups
                    .try_emplace(
                        group, GroupListing{group, {}, "it has no member that pg_dist_node names"})
                    .first->second;
            if (!listing.members) {
                ask_others(listing, stored, rest);
            }
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
    auto rest = node.settings.patroni ? rest_client(node.settings)
                                      : fail(ExitCode::config, "Patroni is off");
    if (!rest) {
        return std::nullopt;
    }
    MemberProbe probe(node, *rest, nullptr);
    MemberSnapshot snapshot =
        probe.take_snapshot(rest->status(), patroni::lease_of(*node.settings.patroni));
    if (snapshot.leads && snapshot.group == 0) {
        probe.probe_workers(snapshot);
    }
    return GroupsStatus{ask_all(snapshot, *rest, *node.settings.patroni),
                        findings_of(snapshot, node.settings.citus.has_mesh())};
}

std::string handover_trouble(const settings::Environment& environment) {
    const auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded || !loaded->settings.patroni) {
        return "there is no group: this is not a member that Patroni manages, or its settings "
               "cannot be read here";
    }
    auto rest = rest_client(loaded->settings);
    const auto cluster = rest ? rest->get("/cluster") : fail(rest.error());
    const auto group = cluster ? patroni::parse_group_view(cluster->body) : std::nullopt;
    if (!group) {
        return cluster ? "Patroni does not reach the configuration store" : cluster.error().message;
    }
    const auto store = rest->get("/config");
    const auto lease = store ? patroni::lease_from_json(store->body) : std::nullopt;
    return patroni::handover_trouble(
        *group, lease.value_or(patroni::lease_of(*loaded->settings.patroni)).synchronous_mode);
}

std::string patroni_trouble(const settings::Environment& environment) {
    const auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded || !loaded->settings.patroni) {
        return {};
    }
    auto rest = rest_client(loaded->settings);
    if (!rest) {
        return {};
    }
    const auto liveness = rest->get("/liveness");
    if (!liveness) {
        return liveness.error().code == ExitCode::unavailable
                   ? "Patroni does not answer: " + liveness.error().message
                   : "";
    }
    const auto status = rest->status().value_or(patroni::MemberStatus{});
    const auto answer = patroni::answer_of(liveness->status, status);
    return answer == patroni::Answer::stuck ? "Patroni's loop stands still" : "";
}

}  // namespace citus_init::agent
