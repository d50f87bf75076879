#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/ha/group_view.h"
#include "citus_init/settings/patroni_settings.h"

namespace citus_init::patroni {

// Before all keys of the cluster: "/service/demo/". As Patroni joins them.
std::string store_prefix(const std::string& namespace_path, const std::string& scope);
// Before those of one of its groups: "/service/demo/1/".
std::string group_prefix(const settings::PatroniSettings& patroni, int group);

// Of a group: which member restores it (client/restore_claim.h).
inline constexpr std::string_view kRestoreClaim = "citus_init_restore";

struct StoreEntry {
    std::string key;
    std::string value;
    std::string lease{};     // etcd's id of it; "" = the key stays
    std::string revision{};  // etcd's number of the last change of the key; "" = not known
    bool operator==(const StoreEntry&) const = default;
};

// By number. Keys that are not below `prefix`, or of no group, and values of other forms are left
// out. Pure, for any bytes.
std::map<int, ha::StoredGroup> stored_groups(const std::vector<StoreEntry>& entries,
                                             std::string_view prefix);

}  // namespace citus_init::patroni
