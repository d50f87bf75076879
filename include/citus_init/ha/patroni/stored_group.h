#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/ha/patroni/group_view.h"

namespace citus_init::patroni {

// One group as its keys in the configuration store have it (patroni/dcs/__init__.py), whether a
// member of it answers or not.
struct StoredGroup {
    GroupView members;
    std::string leader;  // of the key `leader`, which etcd drops after ttl seconds; "" = none
    // Of etcd's lease that `leader` ends with, "" = the store has none. The leader renews it each
    // loop_wait.
    std::string leader_lease;
    // Of the key `sync`; "" = none, as without synchronous mode. After `leader` has changed it is
    // the old one until the new one has written the key, in its next loop.
    std::string sync_leader;
    bool operator==(const StoredGroup&) const = default;
};

// Before all keys of the cluster: "/service/demo/". As Patroni joins them.
std::string store_prefix(const std::string& namespace_path, const std::string& scope);

struct StoreEntry {
    std::string key;
    std::string value;
    std::string lease{};  // etcd's id of it; "" = the key stays
    bool operator==(const StoreEntry&) const = default;
};

// By number. Keys that are not below `prefix`, or of no group, and values of other forms are left
// out. Pure, for any bytes.
std::map<int, StoredGroup> stored_groups(const std::vector<StoreEntry>& entries,
                                         std::string_view prefix);

}  // namespace citus_init::patroni
