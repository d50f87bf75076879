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

std::string why_not(const PointGroup& group, const std::vector<StanzaInfo>& stanzas) {
    const StanzaInfo* stanza = find_stanza(stanzas, group.stanza);
    if (stanza == nullptr || stanza->databases.empty()) {
        return fmt::format("the repository has no stanza {}", group.stanza);
    }
    if (stanza->databases.back().system_identifier != group.system_identifier) {
        return fmt::format("{} belongs to another cluster now (system identifier {})", group.stanza,
                           stanza->databases.back().system_identifier);
    }
    const BaseBackup* base = base_backup_for(group, *stanza);
    if (base == nullptr) {
        return fmt::format("the base backup {} of {} was expired", group.label, group.stanza);
    }
    if (!has_wal(*stanza, *base, group.wal_file)) {
        return fmt::format("WAL of {} from {} to {} is missing", group.stanza, base->wal_start,
                           group.wal_file);
    }
    return "";
}

}  // namespace

const BaseBackup* base_backup_for(const PointGroup& group, const StanzaInfo& stanza) {
    if (const BaseBackup* recorded = stanza.find(group.label)) {
        return recorded;
    }
    const auto left =
        std::find_if(stanza.backups.rbegin(), stanza.backups.rend(), [&](const BaseBackup& each) {
            return each.wal_stop < group.wal_file && stanza.find(each.label) != nullptr;
        });
    return left == stanza.backups.rend() ? nullptr : &*left;
}

bool has_expired(const Manifest& point, const std::vector<StanzaInfo>& stanzas) {
    bool has_expired = false;
    for (const auto& group : point.groups) {
        const StanzaInfo* stanza = find_stanza(stanzas, group.stanza);
        if (stanza == nullptr || stanza->code != 0 || stanza->latest() == nullptr ||
            stanza->databases.back().system_identifier != group.system_identifier) {
            return false;
        }
        has_expired = has_expired || base_backup_for(group, *stanza) == nullptr;
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
