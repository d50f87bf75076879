#include "citus_init/ha/patroni/stored_group.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/base/text.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/version.h"

#include "ha/patroni/member_fields.h"

namespace citus_init::patroni {

using ha::GroupMember;
using ha::Place;
using ha::StoredGroup;

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

// The keys of one group.
struct Keys {
    StoredGroup group;
    bool has_cluster = false;
    std::vector<std::string> synchronous;
    std::optional<std::int64_t> leader_position;    // in bytes of WAL
    std::map<std::string, std::int64_t> positions;  // by member
};

void add_member(Keys& keys, const std::string& name, const json& value) {
    GroupMember member;
    read_member_fields(value, member);
    member.name = name;
    std::tie(member.host, member.port) = host_and_port(text_at(value, "conn_url"));
    const std::string replication = text_at(value, "replication_state");  // since Patroni 3.1
    member.state = replication.empty() ? member.state : replication;
    member.version = text_at(value, "version");
    const auto version = parse_version("patroni " + member.version);
    member.has_old_version = version && is_unsafe(*version);
    if (const auto position = number_at(value, "xlog_location")) {
        keys.positions.emplace(name, *position);
    }
    keys.group.members.members.push_back(std::move(member));
}

void add_key(Keys& keys, std::string_view name, const StoreEntry& entry) {
    const auto object = json::parse(entry.value, nullptr, false);
    if (name == "initialize") {
        keys.has_cluster = true;
    } else if (name == "leader") {
        keys.has_cluster = true;
        keys.group.leader = entry.value;
        keys.group.leader_lease = entry.lease;
    } else if (name == "sync") {
        keys.group.sync_leader = text_at(object, "leader");
        keys.synchronous = split(text_at(object, "sync_standby"), ',');
    } else if (name == kRestoreClaim) {
        keys.group.restoring_host = text_at(object, "host");
    } else if (name == "config") {
        keys.group.members.paused = flag_at(object, "pause");
        keys.group.lease = ha::lease_from_json(entry.value);
    } else if (name == "status") {
        keys.leader_position = number_at(object, "optime");
    } else if (name.starts_with(kMembers) && object.is_object()) {
        add_member(keys, std::string(name.substr(kMembers.size())), object);
    }
}

bool is_in(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The synchronous ones, "w12,w13", count for the leader that is named beside them only.
StoredGroup finish(Keys keys) {
    StoredGroup& group = keys.group;
    if (keys.has_cluster) {
        group.restoring_host.clear();  // the key of a restore that is over stays
    }
    for (GroupMember& member : group.members.members) {
        const auto position = keys.positions.find(member.name);
        if (member.name == group.leader) {
            member.place = Place::leader;
        } else if (position != keys.positions.end() && keys.leader_position) {
            member.lag = std::max<std::int64_t>(*keys.leader_position - position->second, 0);
        }
        if (member.name != group.leader && group.sync_leader == group.leader &&
            is_in(keys.synchronous, member.name)) {
            member.place = Place::synchronous;
        }
    }
    std::sort(group.members.members.begin(), group.members.members.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
    return std::move(group);
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

std::string group_prefix(const settings::PatroniSettings& patroni, int group) {
    return fmt::format("{}{}/", store_prefix(patroni.namespace_path, patroni.scope), group);
}

std::map<int, StoredGroup> stored_groups(const std::vector<StoreEntry>& entries,
                                         std::string_view prefix) {
    std::map<int, Keys> keys;
    for (const StoreEntry& entry : entries) {
        if (!entry.key.starts_with(prefix)) {
            continue;
        }
        const std::string_view rest = std::string_view(entry.key).substr(prefix.size());
        const auto slash = rest.find('/');
        const auto number =
            parse_integer(rest.substr(0, slash), 0, std::numeric_limits<int>::max());
        if (number && slash != std::string_view::npos) {
            add_key(keys[static_cast<int>(*number)], rest.substr(slash + 1), entry);
        }
    }
    std::map<int, StoredGroup> groups;
    for (auto& [number, found] : keys) {
        groups.emplace(number, finish(std::move(found)));
    }
    return groups;
}

}  // namespace citus_init::patroni
