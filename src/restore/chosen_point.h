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
// cannot are warned of. Errors: those of the repository; `config`, no such point, with a list of
// those that can be restored.
[[nodiscard]] Result<ChosenPoint> choose_point(backup::Repository& repository,
                                               const std::string& name);

}  // namespace citus_init::restore
