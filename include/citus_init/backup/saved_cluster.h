#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/backup/wal_history.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// The base backups that the repository has of a group's current database. Times are seconds since
// 1970, of when each began.
struct SavedGroup {
    int group = 0;
    std::optional<std::int64_t> last_full{};
    std::optional<std::int64_t> last{};  // of any type
    bool lacks_wal = false;              // no point can be made from the last one
};

// How far a cluster is saved, by what its repository says.
struct SavedCluster {
    std::vector<SavedGroup> groups;            // all that the cluster has
    std::optional<std::int64_t> last_point{};  // when it was made
    bool has_newer_backups = false;            // of every group, one of them newer than that point

    // Since when each group has a backup of that type; none: one of them has none.
    std::optional<std::int64_t> oldest(std::optional<std::int64_t> SavedGroup::*last) const;
};

// A group that the cluster has, and its WAL. A base backup of a timeline that it has left before
// does not count.
struct ClusterGroup {
    int group = 0;
    WalHistory wal{};
    // The label of the base backup that WAL is known to be missing behind; "" = none.
    std::string without_wal{};
};

// `groups`: all that the cluster has. `last_point`: nullptr = no point yet. Pure.
SavedCluster saved_cluster(const std::vector<ClusterGroup>& groups,
                           const std::vector<StanzaInfo>& stanzas,
                           const settings::BackupSettings& settings, const Manifest* last_point);

}  // namespace citus_init::backup
