#include "citus_init/backup/restorable.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

namespace citus_init::backup {

namespace {

bool has_wal(const StanzaInfo& stanza, const BaseBackup& base, const std::string& last) {
    return std::any_of(stanza.archives.begin(), stanza.archives.end(), [&](const ArchivedWal& wal) {
        return wal.database_id == base.database_id && !wal.first.empty() &&
               wal.first <= base.wal_start && last <= wal.last;
    });
}

WalHistory history_of(const PointGroup& group) {
    return {group.wal_file, group.left_timelines};
}

std::string why_not(const PointGroup& group, const std::vector<StanzaInfo>& stanzas) {
    const StanzaInfo* stanza = find_stanza(stanzas, group.stanza);
    if (stanza != nullptr && stanza->is_unreadable()) {
        return fmt::format("{} cannot be read: {}", group.stanza, one_line(stanza->message));
    }
    if (stanza == nullptr || stanza->databases.empty()) {
        return fmt::format("the repository has no stanza {}", group.stanza);
    }
    if (stanza->databases.back().system_identifier != group.system_identifier) {
        return fmt::format("{} belongs to another cluster now (system identifier {})", group.stanza,
                           stanza->databases.back().system_identifier);
    }
    const BaseBackup* base = base_backup_for(group, *stanza);
    if (base == nullptr) {
        return fmt::format("the base backup {} of {} {}", group.label, group.stanza,
                           stanza->find(group.label) == nullptr
                               ? "was expired"
                               : "is of a timeline that was left before the point");
    }
    if (!has_wal(*stanza, *base, group.wal_file)) {
        return fmt::format("WAL of {} from {} to {} is missing", group.stanza, base->wal_start,
                           group.wal_file);
    }
    return "";
}

}  // namespace

const BaseBackup* latest_base_backup(const StanzaInfo& stanza, const WalHistory& history) {
    const auto found =
        std::find_if(stanza.backups.rbegin(), stanza.backups.rend(), [&](const BaseBackup& each) {
            return stanza.find(each.label) != nullptr && has_written(history, each.wal_stop);
        });
    return found == stanza.backups.rend() ? nullptr : &*found;
}

const BaseBackup* base_backup_for(const PointGroup& group, const StanzaInfo& stanza) {
    const WalHistory history = history_of(group);
    const BaseBackup* recorded = stanza.find(group.label);
    return recorded != nullptr && has_written(history, recorded->wal_stop)
               ? recorded
               : latest_base_backup(stanza, history);
}

bool has_expired(const Manifest& point, const std::vector<StanzaInfo>& stanzas) {
    bool has_expired = false;
    for (const auto& group : point.groups) {
        const StanzaInfo* stanza = find_stanza(stanzas, group.stanza);
        if (stanza == nullptr || stanza->code != 0 || stanza->latest() == nullptr ||
            stanza->databases.back().system_identifier != group.system_identifier) {
            return false;
        }
        has_expired = has_expired || (stanza->find(group.label) == nullptr &&
                                      base_backup_for(group, *stanza) == nullptr);
    }
    return has_expired;
}

std::string why_not_restorable(const Manifest& point, const std::vector<StanzaInfo>& stanzas) {
    std::vector<std::string> reasons;
    for (const auto& group : point.groups) {
        if (std::string reason = why_not(group, stanzas); !reason.empty()) {
            reasons.push_back(std::move(reason));
        }
    }
    return join(reasons, "; ");
}

}  // namespace citus_init::backup
