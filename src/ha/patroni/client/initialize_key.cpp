#include "citus_init/ha/patroni/client/initialize_key.h"

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/stored_group.h"

namespace citus_init::patroni {

namespace {

// What Patroni calls a member whose server does not run and is not being made.
bool is_idle(const std::string& value) {
    return text_at(nlohmann::json::parse(value, nullptr, false), "state") == "stopped";
}

}  // namespace

InitializeKey parse_initialize_key(const std::vector<StoreEntry>& entries, std::string_view prefix,
                                   const std::string& name) {
    constexpr std::string_view kMembersOfGroup = "members/";
    InitializeKey key;
    for (const StoreEntry& entry : entries) {
        if (!entry.key.starts_with(prefix)) {
            continue;
        }
        const std::string_view rest = std::string_view(entry.key).substr(prefix.size());
        if (rest == "initialize") {
            key.exists = true;
            key.system_identifier = entry.value;
            key.revision = entry.revision;
        } else if (rest == "leader") {
            key.has_leader = true;
        } else if (rest.starts_with(kMembersOfGroup) &&
                   rest.substr(kMembersOfGroup.size()) != name && !is_idle(entry.value)) {
            key.others_are_idle = false;
        }
    }
    return key;
}

Result<InitializeKey> read_initialize_key(EtcdClient& etcd,
                                          const settings::PatroniSettings& patroni,
                                          const std::string& host_name) {
    const std::string prefix = group_prefix(patroni, patroni.group);
    const auto entries = etcd.read(prefix);
    if (!entries) {
        return fail(entries.error());
    }
    return parse_initialize_key(*entries, prefix, member_name(patroni, host_name));
}

Result<bool> release_initialize_key(EtcdClient& etcd, const settings::PatroniSettings& patroni,
                                    const InitializeKey& key) {
    const bool is_under_way = key.exists && key.system_identifier.empty();
    if (!is_under_way || key.revision.empty() || key.has_leader || !key.others_are_idle) {
        return false;
    }
    const std::string prefix = group_prefix(patroni, patroni.group);
    return etcd.remove(prefix + "initialize", key.revision, prefix + "leader");
}

}  // namespace citus_init::patroni
