#pragma once

#include <string>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::upgrade {

// The directory of the programs of `old_major`: `wanted` (CITUS_PG_UPGRADE_OLD_BINDIR), or the
// place that differs from `new_bin_directory` by the version alone, or Debian's. Errors: `config`.
[[nodiscard]] Result<std::string> find_old_programs(const Filesystem& files,
                                                    const std::string& wanted,
                                                    const std::string& new_bin_directory,
                                                    int old_major, int new_major);

// Of what pg_upgrade and we run (check_bin_dir() of its exec.c), what is missing.
std::vector<std::string> missing_old_programs(const Filesystem& files,
                                              const std::string& directory);
std::vector<std::string> missing_new_programs(const Filesystem& files,
                                              const std::string& directory);

// The entries of shared_preload_libraries whose file is among the libraries of that version, joined
// by commas. What is given by a path stays.
std::string preloadable(const Filesystem& files, const std::string& bin_directory,
                        const std::string& libraries);

}  // namespace citus_init::upgrade
