#pragma once

#include <optional>
#include <string>

#include "citus_init/base/disk_space.h"
#include "citus_init/ha/finding.h"

namespace citus_init::agent {

// None where a few files of PostgreSQL's log (16 MB each) still fit. Pure.
std::optional<ha::Finding> finding_of(const std::string& directory, const DiskSpace& space);

// Of the data directory, and of pg_wal where that is a link to another file system. None as well
// where neither can be read: it is being made.
std::optional<ha::Finding> inspect_disk(const std::string& data_directory);

}  // namespace citus_init::agent
