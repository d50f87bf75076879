#include "citus_init/patroni/stored_group.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"

namespace citus_init::patroni {

namespace {

using nlohmann::json;

constexpr std::string_view kMembers = "members/";
constexpr std::uint16_t kPostgresPort = 5432;

// "postgres://w11:5432/postgres", "postgres://[fd00::2]:5432/postgres"
std::pair<std::string, std::uint16_t> host_and_port(std::string_view url) {
    const auto scheme = url.find("://");
    url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    url = url.substr(0, url.find('/'));
    const auto user = url.rfind('@');
    url.remove_prefix(user == std::string_view::npos ? 0 : user + 1);
    const auto colon = url.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && url.find(']', colon) == std::string_view::npos;
    const auto port = parse_integer(has_port ? url.substr(colon + 1) : "", 1,
                                    std::numeric_limits<std::uint16_t>::max());
    std::string_view host = has_port ? url.substr(0, colon) : url;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return {std::string(host), port ? static_cast<std::uint16_t>(*port) : kPostgresPort};
}

void add_member(StoredGroup& group, std::string_view name, const json& value) {
    GroupMember member;
    member.name = name;
    std::tie(member.host, member.port) = host_and_port(text_at(value, "conn_url"));
    member.rest_url = text_at(value, "api_url");
    member.state = text_at(value, "state");
    member.timeline = number_at(value, "timeline");
    group.members.members.push_back(std::move(member));
}

// The synchronous ones, "w12,w13", count for the leader that is named beside them only.
void set_places(StoredGroup& group, const std::vector<std::string>& synchronous) {
    for (GroupMember& member : group.members.members) {
        if (member.name == group.leader) {
            member.place = Place::leader;
        } else if (group.sync_leader == group.leader &&
                   std::find(synchronous.begin(), synchronous.end(), member.name) !=
                       synchronous.end()) {
            member.place = Place::synchronous;
        }
    }
    std::sort(group.members.members.begin(), group.members.members.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
}

}  // namespace

std::string store_prefix(const std::string& namespace_path, const std::string& scope) {
    std::string prefix = "/";
    for (const std::string& name : {namespace_path, scope}) {
        for (const std::string& part : split(name, '/')) {
            prefix += part;
            prefix += part.empty() ? "" : "/";
        }
    }
    return prefix;
}

std::map<int, StoredGroup> stored_groups(const std::vector<StoreEntry>& entries,
                                         std::string_view prefix) {
    std::map<int, StoredGroup> groups;
    std::map<int, std::vector<std::string>> synchronous;
    for (const auto& [key, value] : entries) {
        if (!key.starts_with(prefix)) {
            continue;
        }
        const std::string_view rest = std::string_view(key).substr(prefix.size());
        const auto slash = rest.find('/');
        const auto number =
            parse_integer(rest.substr(0, slash), 0, std::numeric_limits<int>::max());
        if (!number || slash == std::string_view::npos) {
            continue;
        }
        const int group = static_cast<int>(*number);
        const std::string_view name = rest.substr(slash + 1);
        const auto object = json::parse(value, nullptr, false);
        if (name == "leader") {
            groups[group].leader = value;
        } else if (name == "sync") {
            groups[group].sync_leader = text_at(object, "leader");
            synchronous[group] = split(text_at(object, "sync_standby"), ',');
        } else if (name == "config") {
            groups[group].members.paused = flag_at(object, "pause");
        } else if (name.starts_with(kMembers) && object.is_object()) {
            add_member(groups[group], name.substr(kMembers.size()), object);
        }
    }
    for (auto& [number, group] : groups) {
        set_places(group, synchronous[number]);
    }
    return groups;
}

}  // namespace citus_init::patroni
