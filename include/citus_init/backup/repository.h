#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/runner.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/result.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// The file of a manifest.
struct StoredPoint {
    std::string name;
    std::int64_t time = 0;  // when it was made, seconds since 1970
};
using StoredPoints = std::vector<StoredPoint>;

// A group whose WAL between its base backup and a point has a gap.
struct MissingWal {
    int group = 0;
    std::string label;  // of the base backup
    std::string text;   // "WAL of app-1 is missing between A and B: C"
};
// "" = none is missing.
std::string text_of(const std::vector<MissingWal>& missing);

// A repository, as one cluster sees it: its stanzas, and its manifests in the files
// citus-init/NAME/points/POINT.json, which no command of pgBackRest but repo-* knows of. Each call
// runs pgBackRest and blocks for its deadline at most. Errors: `unavailable`, with pgBackRest's
// reason and the fix; `software`, where what is there is not what it should be.
class Repository {
  public:
    // `configuration`: the path of pgbackrest.conf, for messages. `runner` and `stop` outlive it.
    Repository(Runner& runner, settings::BackupSettings settings, std::string configuration,
               std::stop_token stop = {});

    // Of this cluster, by group. Error `unavailable` also without any, and where none can be read.
    [[nodiscard]] Result<std::vector<StanzaInfo>> stanzas();
    // The same for decisions about these groups: `unavailable` also where the stanza of one is
    // there and cannot be read, since it would look like one without backups.
    [[nodiscard]] Result<std::vector<StanzaInfo>> stanzas(const std::vector<int>& groups);
    // Newest first, by the times of their files. Where the name or the manifest of the newest shows
    // that the repository was copied, those count. Of the same second, the one whose WAL
    // is later, for which they are read.
    [[nodiscard]] Result<StoredPoints> points();
    [[nodiscard]] Result<Manifest> read_point(const std::string& name);
    // Which groups lack WAL between their base backup and the point. By lists of their archives,
    // one run for 256 segments of 16 MB (pgBackRest keeps them in one directory), several at once.
    [[nodiscard]] Result<std::vector<MissingWal>> missing_wal(
        const Manifest& point, const std::vector<StanzaInfo>& stanzas);
    // Writes it and reads it again. Whether the name is free is the caller's to know.
    [[nodiscard]] Status write_point(const Manifest& manifest);
    // Its manifest; WAL and base backups are pgBackRest's to expire.
    [[nodiscard]] Status remove_point(const std::string& name);

    const settings::BackupSettings& settings() const { return settings_; }

  private:
    [[nodiscard]] Result<std::optional<MissingWal>> missing_wal(const PointGroup& group,
                                                                const StanzaInfo& stanza);
    [[nodiscard]] Error unreadable(const StanzaInfo& stanza) const;
    [[nodiscard]] Result<std::string> output_of(const Command& command, const std::string& what);
    std::optional<std::int64_t> time_made(const std::string& point);
    void correct_times(StoredPoints& points);
    // Each point ends its own segment of the WAL, and their names begin with the timeline.
    void order_by_wal(StoredPoints::iterator begin, StoredPoints::iterator end);
    std::string path_of(const std::string& point) const;

    Runner& runner_;
    settings::BackupSettings settings_;
    std::string configuration_;
    std::stop_token stop_;
};

}  // namespace citus_init::backup
