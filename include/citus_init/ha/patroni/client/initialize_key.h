#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Patroni's key `initialize` of a group: there and empty while a member bootstraps the group, with
// the cluster's system identifier once that member has made all of it, Citus included. Patroni
// removes an empty one where the bootstrap fails, not where it is killed or stopped.
struct InitializeKey {
    bool exists = false;
    std::string system_identifier{};  // "" = nobody has completed a bootstrap
    std::string revision{};           // etcd's, of its last change
    bool has_leader = false;          // the group
    bool others_are_idle = true;      // no other member makes or runs a server
    bool operator==(const InitializeKey&) const = default;
};

// Of the keys of one group below `prefix` ("/service/demo/1/"). `name`: of the own member. Pure,
// for any bytes.
InitializeKey parse_initialize_key(const std::vector<StoreEntry>& entries, std::string_view prefix,
                                   const std::string& name);

// Blocks, and fails, as EtcdClient::read() does. `host_name` is for members without PATRONI_NAME.
[[nodiscard]] Result<InitializeKey> read_initialize_key(EtcdClient& etcd,
                                                        const settings::PatroniSettings& patroni,
                                                        const std::string& host_name);

// Removes the empty key of a bootstrap that this member began and will not complete, so that
// another can begin. False: somebody else may be at it, so it was left. Blocks, and fails, as
// EtcdClient::read() does.
[[nodiscard]] Result<bool> release_initialize_key(EtcdClient& etcd,
                                                  const settings::PatroniSettings& patroni,
                                                  const InitializeKey& key);

}  // namespace citus_init::patroni
