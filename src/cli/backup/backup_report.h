#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/backup/manifest.h"
#include "citus_init/backup/stanza_info.h"

namespace citus_init::cli {

// What the verbs about backups print. All of it is pure.

// "2 of 3 groups, 1.2 GB of 4.0 GB, 30 %"
std::string progress_line(const std::vector<backup::GroupBackup>& groups);
// In [0, 1], by bytes as far as they are known.
double progress_fraction(const std::vector<backup::GroupBackup>& groups);

// At the end of `backup` and, without groups, of `restore-point`.
std::string end_text(const backup::Manifest& point, const std::vector<backup::GroupBackup>& groups);
std::string end_json(const backup::Manifest& point, const std::vector<backup::GroupBackup>& groups);

// A restore point of the repository.
struct ListedPoint {
    std::string name;
    std::string problem;  // why there is no manifest, or why it cannot be restored; "" = it can
    backup::Manifest manifest{};  // with an empty name where it could not be read
};
struct BackupListing {
    std::vector<ListedPoint> points;  // newest first
    std::size_t points_left_out = 0;
    std::vector<backup::StanzaInfo> stanzas;
    std::int64_t now = 0;
};
std::string listing_text(const BackupListing& listing);
std::string listing_json(const BackupListing& listing);

}  // namespace citus_init::cli
