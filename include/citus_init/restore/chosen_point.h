#pragma once

#include <string>

#include "citus_init/backup/manifest.h"
#include "citus_init/backup/repository.h"
#include "citus_init/backup/stanza_info.h"
#include "citus_init/base/result.h"

namespace citus_init::restore {

// A point that can be restored, and what there is of it.
struct ChosenPoint {
    backup::Manifest manifest;
    std::vector<backup::StanzaInfo> stanzas;
};

// The point of that name, or for kLatestPoint the newest that can be restored; later ones that
// cannot are warned of. `option`: where the name comes from, for messages. Errors: those of the
// repository; `config`, no such point, with a list of those that can be restored. Blocks for
// pgBackRest.
[[nodiscard]] Result<ChosenPoint> choose_point(backup::Repository& repository,
                                               const std::string& name, const std::string& option);

}  // namespace citus_init::restore
