#include "citus_init/backup/saved_cluster.h"

#include <algorithm>

#include "citus_init/backup/stanza.h"

namespace citus_init::backup {

namespace {

// Not one of the server before pg_upgrade, nor of a timeline that was left before it.
bool counts(const BaseBackup& backup, const StanzaInfo& stanza, const WalHistory& wal) {
    return stanza.find(backup.label) != nullptr &&
           (wal.last.empty() || has_written(wal, backup.wal_stop));
}

SavedGroup saved_group(const ClusterGroup& of, const StanzaInfo* stanza) {
    SavedGroup group{of.group};
    if (stanza == nullptr) {
        return group;
    }
    for (const auto& backup : stanza->backups) {
        if (!counts(backup, *stanza, of.wal)) {
            continue;
        }
        group.last = std::max(group.last, std::optional(backup.start));
        group.lacks_wal = backup.label == of.without_wal;
        if (backup.type == "full") {
            group.last_full = std::max(group.last_full, std::optional(backup.start));
        }
    }
    return group;
}

// By labels, not by clocks.
bool is_newer(const StanzaInfo* stanza, const ClusterGroup& of, const Manifest* point) {
    if (stanza == nullptr) {
        return false;
    }
    const auto latest =
        std::find_if(stanza->backups.rbegin(), stanza->backups.rend(),
                     [&](const BaseBackup& backup) { return counts(backup, *stanza, of.wal); });
    const PointGroup* then = point == nullptr ? nullptr : point->find(of.group);
    return latest != stanza->backups.rend() && (then == nullptr || then->label != latest->label);
}

}  // namespace

std::optional<std::int64_t> SavedCluster::oldest(
    std::optional<std::int64_t> SavedGroup::*last) const {
    std::optional<std::int64_t> oldest;
    for (const auto& group : groups) {
        if (!(group.*last)) {
            return std::nullopt;
        }
        oldest = oldest ? std::min(oldest, group.*last) : group.*last;
    }
    return oldest;
}

SavedCluster saved_cluster(const std::vector<ClusterGroup>& groups,
                           const std::vector<StanzaInfo>& stanzas,
                           const settings::BackupSettings& settings, const Manifest* last_point) {
    SavedCluster saved;
    bool any_is_newer = false;
    for (const auto& group : groups) {
        const StanzaInfo* stanza = find_stanza(stanzas, stanza_name(settings, group.group));
        saved.groups.push_back(saved_group(group, stanza));
        any_is_newer = any_is_newer || is_newer(stanza, group, last_point);
    }
    saved.has_newer_backups = any_is_newer && saved.oldest(&SavedGroup::last).has_value();
    if (last_point != nullptr) {
        saved.last_point = last_point->time;
    }
    return saved;
}

}  // namespace citus_init::backup
