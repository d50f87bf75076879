#pragma once

#include "citus_init/base/filesystem.h"
#include "citus_init/settings/settings.h"

#include "settings/findings.h"

namespace citus_init::settings {

// What the directories may be, and to each other: none a directory of the system, which would
// change its owner or mode; the run directory not within the data directory, which initdb wants
// empty and base backups copy; and no file where a directory is to be. Paths are compared as text
// and where symbolic links lead. Reads no more than what kind of file each is, and links.
void check_paths(const Settings& settings, const Filesystem& files, Findings& findings);

}  // namespace citus_init::settings
