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
    // Newest first, by the times of their files. Where the name or the manifest of the newest shows
    // that the repository was copied, those count. Of the same second, the one whose WAL
    // is later, for which they are read.
    [[nodiscard]] Result<StoredPoints> points();
    [[nodiscard]] Result<Manifest> read_point(const std::string& name);
    // Which WAL of the groups' base backups up to the point is missing in the middle, "" = none. By
    // a list of their archives; for a point that why_not_restorable() says nothing against.
    [[nodiscard]] Result<std::string> missing_wal(const Manifest& point,
                                                  const std::vector<StanzaInfo>& stanzas);
    // Writes it and reads it again. Whether the name is free is the caller's to know.
    [[nodiscard]] Status write_point(const Manifest& manifest);
    // Its manifest; WAL and base backups are pgBackRest's to expire.
    [[nodiscard]] Status remove_point(const std::string& name);

    const settings::BackupSettings& settings() const { return settings_; }

  private:
    [[nodiscard]] Result<std::string> missing_wal(const PointGroup& group,
                                                  const StanzaInfo& stanza);
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
