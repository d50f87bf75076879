#include "citus_init/ha/patroni/client/restore_claim.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/ha/patroni/stored_group.h"

namespace citus_init::patroni {

namespace {

constexpr const char* kInitialize = "initialize";
constexpr const char* kLeader = "leader";

}  // namespace

std::string restore_claim_text(const RestoreClaim& claim) {
    nlohmann::ordered_json object;
    object["member"] = claim.member;
    object["host"] = claim.address.host;
    object["port"] = claim.address.port;
    object["point"] = claim.point;
    object["since"] = claim.since;
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RestoreClaim parse_restore_claim(std::string_view text) {
    const auto object = nlohmann::json::parse(text, nullptr, false);
    const auto port = number_at(object, "port").value_or(0);
    RestoreClaim claim;
    claim.member = text_at(object, "member");
    claim.address.host = text_at(object, "host");
    claim.address.port = port > 0 && port <= std::numeric_limits<std::uint16_t>::max()
                             ? static_cast<std::uint16_t>(port)
                             : claim.address.port;
    claim.point = text_at(object, "point");
    claim.since = text_at(object, "since");
    return claim;
}

std::string restore_claim_key(const settings::PatroniSettings& patroni, int group) {
    return group_prefix(patroni, group).append(kRestoreClaim);
}

GroupKeys parse_group_keys(const std::vector<StoreEntry>& entries, const std::string& prefix,
                           int group) {
    const std::string own = prefix + std::to_string(group) + "/";
    GroupKeys keys;
    for (const StoreEntry& entry : entries) {
        if (entry.key == own + kInitialize || entry.key == own + kLeader) {
            keys.has_cluster = true;
        } else if (entry.key == own + "status" || entry.key == own + "history") {
            keys.has_remains = true;
        } else if (entry.key == own + std::string(kRestoreClaim)) {
            keys.claim = parse_restore_claim(entry.value);
        }
    }
    const auto groups = stored_groups(entries, prefix);
    const auto found = groups.find(group);
    const auto* leader = found == groups.end() ? nullptr : found->second.members.leader();
    if (leader != nullptr && !leader->host.empty()) {
        keys.leader = HostPort{leader->host, leader->port};
    }
    return keys;
}

Result<GroupKeys> read_group_keys(EtcdClient& etcd, const settings::PatroniSettings& patroni,
                                  int group) {
    const auto entries = etcd.read(group_prefix(patroni, group));
    if (!entries) {
        return fail(entries.error());
    }
    return parse_group_keys(*entries, store_prefix(patroni.namespace_path, patroni.scope), group);
}

Result<bool> make_restore_claim(EtcdClient& etcd, const settings::PatroniSettings& patroni,
                                const RestoreClaim& claim) {
    const std::string prefix = group_prefix(patroni, patroni.group);
    return etcd.create(restore_claim_key(patroni, patroni.group), restore_claim_text(claim),
                       {prefix + kInitialize, prefix + kLeader});
}

}  // namespace citus_init::patroni
