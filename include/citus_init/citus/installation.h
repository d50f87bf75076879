#pragma once

#include <set>
#include <string>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/version.h"

namespace citus_init::citus {

// Citus as it lies on disk, for one server's programs.
struct CitusInstallation {
    std::string library_path;          // .../citus.so
    std::string control_path;          // .../extension/citus.control
    ExtensionVersion default_version;  // what CREATE EXTENSION would make
};

// Searches citus.so and citus.control where the server whose programs are in `bin_directory` (no
// symlink in it left to resolve: PostgreSQL, too, searches from its real place) would: beside it as
// Debian, as a source build or as PGDG's RPMs lay them, private prefixes included. Pure but for
// reading through `files`. Error: `config`, naming the paths searched and the package to install;
// also when this Citus does not belong to that PostgreSQL.
[[nodiscard]] Result<CitusInstallation> find_citus(const Filesystem& files,
                                                   const std::string& bin_directory,
                                                   int postgres_major);

// The extensions that a server with these programs can make: the control files beside them. Empty
// where there is no such directory.
std::set<std::string> available_extensions(const Filesystem& files,
                                           const std::string& bin_directory, int postgres_major);

}  // namespace citus_init::citus
