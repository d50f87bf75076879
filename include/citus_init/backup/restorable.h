#pragma once

#include <string>
#include <vector>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/backup/wal_history.h"

namespace citus_init::backup {

// The latest base backup from which recovery reaches the server's WAL. nullptr: there is none of
// its database, or all of them are of timelines that it had left before. Pure.
const BaseBackup* latest_base_backup(const StanzaInfo& stanza, const WalHistory& history);

// The base backup that a group is restored from to its point: the recorded one or, where that is
// expired, the latest that is left of those that lead to it, if any. Pure.
const BaseBackup* base_backup_for(const PointGroup& group, const StanzaInfo& stanza);

// Why a point cannot be restored, by what `pgbackrest info` says of the repository: a group's base
// backup was expired, or WAL from there to the point is missing. "" = it can, as far as that shows:
// a segment that is missing in the middle does not (Repository::missing_wal). Pure.
std::string why_not_restorable(const Manifest& point, const std::vector<StanzaInfo>& stanzas);

// Whether a point can never be restored again, because a group's base backups of before it were
// expired: there are later ones only. False for any other reason and whatever is not sure: a stanza
// that is missing, damaged, of another cluster, or without a backup. Pure.
bool has_expired(const Manifest& point, const std::vector<StanzaInfo>& stanzas);

}  // namespace citus_init::backup
