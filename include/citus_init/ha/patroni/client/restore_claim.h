#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Which member restores a group from the repository (ADR 87): the value of the key
// `citus_init_restore` among the keys of the group, so that whoever removes these removes it, too.
// Patroni leaves a key that it does not know alone.
struct RestoreClaim {
    std::string member;  // PATRONI_NAME
    HostPort address;    // of its server
    std::string point;   // CITUS_RESTORE
    std::string since;   // RFC 3339 UTC
    bool operator==(const RestoreClaim&) const = default;
};

std::string restore_claim_text(const RestoreClaim& claim);
// What is missing is empty. Pure, for any bytes.
RestoreClaim parse_restore_claim(std::string_view text);

// "/service/demo/1/citus_init_restore"
std::string restore_claim_key(const settings::PatroniSettings& patroni, int group);

// What etcd has of a group, as far as a restore has to know it.
struct GroupKeys {
    // Patroni's `initialize` or `leader`: it was bootstrapped, or is being.
    bool has_cluster = false;
    // `status` or `history`, which a cluster leaves: a member that is restored is behind them, and
    // would never lead.
    bool has_remains = false;
    std::optional<HostPort> leader;  // its server's address
    std::optional<RestoreClaim> claim;
    bool operator==(const GroupKeys&) const = default;
};

// Of the keys of the cluster below `prefix` ("/service/demo/"). Pure, for any bytes.
GroupKeys parse_group_keys(const std::vector<StoreEntry>& entries, const std::string& prefix,
                           int group);

// Blocks, and fails, as EtcdClient::read() does.
[[nodiscard]] Result<GroupKeys> read_group_keys(EtcdClient& etcd,
                                                const settings::PatroniSettings& patroni,
                                                int group);

// Writes the claim to this member's group, at once and for good. False: the group has a claim or a
// cluster meanwhile. Blocks, and fails, as EtcdClient::read() does.
[[nodiscard]] Result<bool> make_restore_claim(EtcdClient& etcd,
                                              const settings::PatroniSettings& patroni,
                                              const RestoreClaim& claim);

}  // namespace citus_init::patroni
