#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::postgres {

// Where the links of PGDATA/pg_tblspc lead.
std::vector<std::string> tablespaces_of(const std::string& data_directory);

// The directories of the major version `major` in tablespaces ("PG_17_202406281" of their root).
// No two clusters of one version share one: PostgreSQL refuses a directory that has it.
std::vector<std::string> tablespace_versions(const std::vector<std::string>& tablespaces,
                                             int major);

// Removes those of `major` in the tablespaces of a data directory. Errors: from errno.
[[nodiscard]] Status remove_tablespace_versions(const std::string& data_directory, int major);

}  // namespace citus_init::postgres
